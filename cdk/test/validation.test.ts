import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apiKinds } from "../lib/workspace";
import { colonnade, repository } from "./colonnade";

// Other tests skip the validation, because it is the slowest part of a synthesis.
delete process.env.CDK_VALIDATION;

const ofIssuer = { env: "development", issuer: "https://id.example.com", audience: "notes" };
const cases = [{ env: "production" }, ofIssuer].flatMap((context) => apiKinds.map((kind) => ({ context, kind })));

for (const { context, kind } of cases) {
  test(`aws-cdk-lib's own validation finds nothing in ${context.env}, with the api ${kind}`, () => {
    const { directory } = colonnade(context, { ...repository, api: { ...repository.api, kind } }).app.synth();
    const { pluginReports } = JSON.parse(readFileSync(join(directory, "validation-report.json"), "utf8"));

    // A report that succeeded has acknowledged findings.
    assert.deepEqual(pluginReports.filter(({ conclusion }: { conclusion: string }) => conclusion !== "success"), []);
  });
}
