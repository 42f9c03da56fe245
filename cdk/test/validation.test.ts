import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { colonnade } from "./colonnade";

// Other tests skip the validation, because it is the slowest part of a synthesis.
delete process.env.CDK_VALIDATION;

test("aws-cdk-lib's own validation finds nothing", () => {
  const { directory } = colonnade({ env: "production" }).app.synth();
  const report = JSON.parse(readFileSync(join(directory, "validation-report.json"), "utf8"));

  assert.deepEqual(report.pluginReports, []);
});
