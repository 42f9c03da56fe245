import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsSolutionsChecks } from "cdk-nag";
import { colonnade } from "./colonnade";

for (const env of ["production", "development"]) {
  test(`cdk-nag's AwsSolutions finds nothing in ${env}`, () => {
    const { app } = colonnade({ env });

    const report = new AwsSolutionsChecks(app).validateScope(app);

    assert.deepEqual(report.violations, []);
  });
}
