import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsSolutionsChecks } from "cdk-nag";
import { colonnade } from "./colonnade";
import { notes } from "./workspaces";

for (const env of ["production", "development"]) {
  test(`cdk-nag's AwsSolutions finds nothing in ${env}`, () => {
    const { app } = colonnade({ env });

    const report = new AwsSolutionsChecks(app).validateScope(app);

    assert.deepEqual(report.violations, []);
  });
}

test("cdk-nag's AwsSolutions finds nothing in a function that reads a secret", () => {
  const { app } = colonnade({}, notes({ environment: { API_KEY: { secret: "notes/api-key" }, LIMIT: { parameter: "/colonnade/limit" } } }));

  const report = new AwsSolutionsChecks(app).validateScope(app);

  assert.deepEqual(report.violations, []);
});
