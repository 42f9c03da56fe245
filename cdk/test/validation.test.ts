import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apiKinds } from "../lib/workspace";
import { colonnade, repository } from "./colonnade";

// Other tests skip the validation, because it is the slowest part of a synthesis.
delete process.env.CDK_VALIDATION;

for (const kind of apiKinds) {
  test(`aws-cdk-lib's own validation finds nothing, with the api ${kind}`, () => {
    const { directory } = colonnade({ env: "production" }, { ...repository, api: { ...repository.api, kind } }).app.synth();
    const report = JSON.parse(readFileSync(join(directory, "validation-report.json"), "utf8"));

    assert.deepEqual(report.pluginReports, []);
  });
}
