import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsSolutionsChecks } from "cdk-nag";
import { apiKinds } from "../lib/workspace";
import { colonnade, repository } from "./colonnade";
import { notes } from "./workspaces";

const cases = ["production", "development"].flatMap((env) => apiKinds.map((kind) => ({ env, kind })));

for (const { env, kind } of cases) {
  test(`cdk-nag's AwsSolutions finds nothing in ${env}, with the api ${kind}`, () => {
    const { app } = colonnade({ env }, { ...repository, api: { ...repository.api, kind } });

    const report = new AwsSolutionsChecks(app).validateScope(app);

    assert.deepEqual(report.violations, []);
  });
}

test("cdk-nag's AwsSolutions finds nothing in a function that reads a secret", () => {
  const { app } = colonnade({}, notes({ environment: { API_KEY: { secret: "notes/api-key" }, LIMIT: { parameter: "/colonnade/limit" } } }));

  const report = new AwsSolutionsChecks(app).validateScope(app);

  assert.deepEqual(report.violations, []);
});
