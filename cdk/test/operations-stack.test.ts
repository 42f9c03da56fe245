import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade, repository } from "./colonnade";
import { behindRest, notes, notesTable } from "./workspaces";

test("the dashboard and the log queries cover every route", () => {
  const operations = colonnade({ env: "production" }).template("operations");

  const [dashboard] = Object.values(operations.findResources("AWS::CloudWatch::Dashboard"));
  const body = JSON.stringify(dashboard.Properties.DashboardBody);
  for (const { name } of repository.functions) assert.ok(body.includes(`colonnade-production-${name}`), name);
  for (const metric of ["Count", "5xx", "Latency", "ColdStart", "Throttles", "ConcurrentExecutions", "ConsumedReadUnits", "ConsumedWriteUnits"]) {
    assert.ok(body.includes(metric), metric);
  }
  operations.hasResourceProperties("AWS::Logs::QueryDefinition", {
    Name: "colonnade-production/a request's story",
    LogGroupNames: Match.arrayWith(repository.functions.map(({ name }) => `/aws/lambda/colonnade-production-${name}`)),
  });
});

test("the metrics of a REST API have its name and its stage", () => {
  const operations = colonnade({ env: "production" }, behindRest(notes())).template("operations");

  const dimensions = [{ Name: "ApiName", Value: "colonnade-production" }, { Name: "Stage", Value: "prod" }];
  operations.hasResourceProperties("AWS::CloudWatch::Alarm", { MetricName: "Latency", Namespace: "AWS/ApiGateway", Dimensions: dimensions });
  operations.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Metrics: Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Metric: { MetricName: "5XXError", Namespace: "AWS/ApiGateway", Dimensions: dimensions } }) })]),
  });
});

test("a log query covers up to 50 log groups", () => {
  const workspace = notes();
  const [route] = workspace.functions;
  workspace.functions = Array.from({ length: 60 }, (_, i) => ({ ...route, name: `notes-${i}` }));

  const queries = Object.values(colonnade({ env: "production" }, workspace).template("operations").findResources("AWS::Logs::QueryDefinition"));

  assert.ok(queries.every((query) => query.Properties.LogGroupNames.length <= 50));
  const failures = queries.filter((query) => query.Properties.Name.startsWith("colonnade-production/failures"));
  assert.equal(failures.flatMap((query) => query.Properties.LogGroupNames).length, 60);
});

test("alarms notify the environment's topic", () => {
  const topic = "arn:aws:sns:eu-central-1:111122223333:on-call";
  const environments = { here: { account: "111122223333", region: "eu-central-1", notify: topic } };
  const { template } = colonnade({ env: "here", environments }, notes());

  for (const stack of ["notes-get", "operations"]) template(stack).allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [topic] });
});

test("a disposable environment has no alarm", () => {
  const { stacks, template } = colonnade({ env: "development" }, notes());

  for (const stack of stacks) template(stack).resourceCountIs("AWS::CloudWatch::Alarm", 0);
});

test("the API's alarm is about the share of failed requests", () => {
  colonnade({ env: "production" }, notes()).template("operations").hasResourceProperties("AWS::CloudWatch::Alarm", {
    Threshold: 1,
    EvaluationPeriods: 3,
    Metrics: Match.arrayWith([
      Match.objectLike({ Expression: "IF(FILL(serverErrors, 0) >= 5, 100 * (FILL(serverErrors, 0)) / requests, 0)", ReturnData: true }),
      Match.objectLike({ Id: "requests", MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: "Count" }) }) }),
    ]),
  });
});

test("the concurrency alarm follows the quota of the account", () => {
  colonnade({ env: "production" }, notes()).template("operations").hasResourceProperties("AWS::CloudWatch::Alarm", {
    Threshold: 80,
    Metrics: Match.arrayWith([Match.objectLike({ Expression: "100 * claimed / SERVICE_QUOTA(executions)" })]),
  });
});

test("throttles are watched on every table and index", () => {
  const indexes = { "by-colour": { partitionKey: { name: "colour", type: "S" as const }, sortKey: null } };
  const operations = colonnade({ env: "production" }, notes({}, { notes: { ...notesTable, indexes } })).template("operations");

  const table = { Name: "TableName", Value: "colonnade-production-notes" };
  const index = { Name: "GlobalSecondaryIndexName", Value: "by-colour" };
  for (const MetricName of ["ReadThrottleEvents", "WriteThrottleEvents"]) {
    operations.hasResourceProperties("AWS::CloudWatch::Alarm", { MetricName, Dimensions: [table] });
    operations.hasResourceProperties("AWS::CloudWatch::Alarm", { MetricName, Dimensions: Match.arrayWith([table, index].sort((a, b) => a.Name.localeCompare(b.Name))) });
  }
});
