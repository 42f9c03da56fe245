import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade, repository, root } from "./colonnade";
import type { Table } from "../lib/workspace";
import { notes } from "./workspaces";

test("every function has a stack", () => {
  const { stacks } = colonnade();
  const functions = readdirSync(join(root, "functions"), { withFileTypes: true }).filter((entry) => entry.isDirectory());

  assert.deepEqual(stacks.toSorted(), ["api", "data", "operations", "stage", ...functions.map((entry) => entry.name)].toSorted());
});

test("a function with the name of another stack is refused", () => {
  const workspace = notes();
  workspace.functions[0].name = "stage";

  assert.throws(() => colonnade({}, workspace), /functions\/stage: the name is that of another stack/);
});

test("the API's stack has no route", () => {
  const api = colonnade().template("api");

  for (const type of ["Route", "Integration", "Stage"]) api.resourceCountIs(`AWS::ApiGatewayV2::${type}`, 0);
});

test("no stack has an export", () => {
  const { app } = colonnade({ env: "production" });

  for (const { stackName, template } of app.synth().stacks) {
    const exports = Object.values(template.Outputs ?? {}).filter((output) => (output as { Export?: unknown }).Export);
    assert.deepEqual(exports, [], stackName);
    assert.ok(!JSON.stringify(template).includes("Fn::ImportValue"), stackName);
  }
});

test("stacks are deployed in the order data and API, routes, stage, operations", () => {
  const { app } = colonnade();
  const order = app.synth().stacks.map((stack) => stack.id);

  const [route] = repository.functions;
  const at = (name: string) => order.indexOf(name);
  assert.ok(at("data") < at(route.name) && at("api") < at(route.name));
  assert.ok(repository.functions.every(({ name }) => at(name) < at("stage")));
  assert.equal(at("operations"), order.length - 1);
});

test("stack names have the environment", () => {
  const { app } = colonnade({ env: "staging" });

  assert.ok(app.synth().stacks.every(({ stackName }) => stackName.startsWith("colonnade-staging-")));
});

test("tables are on demand, encrypted, recoverable and retained", () => {
  const data = colonnade({ env: "production" }).template("data");

  const tables = Object.values(data.findResources("AWS::DynamoDB::Table"));
  assert.equal(tables.length, Object.keys(repository.tables).length);
  for (const table of tables) {
    assert.equal(table.DeletionPolicy, "Retain");
    assert.equal(table.UpdateReplacePolicy, "Retain");
    assert.equal(table.Properties.BillingMode, "PAY_PER_REQUEST");
    assert.equal(table.Properties.DeletionProtectionEnabled, true);
    assert.deepEqual(table.Properties.SSESpecification, { SSEEnabled: true });
    assert.deepEqual(table.Properties.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
    assert.equal(table.Properties.TableName, undefined);
  }
});

test("a disposable environment deletes its tables", () => {
  const data = colonnade({ env: "development" }).template("data");

  data.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete", Properties: { DeletionProtectionEnabled: false } });
});

test("a table has the declared keys, indexes and time to live", () => {
  const shape: Table = {
    partitionKey: { name: "owner", type: "S" },
    sortKey: { name: "at", type: "N" },
    timeToLive: "expiresAt",
    indexes: { "by-colour": { partitionKey: { name: "colour", type: "S" }, sortKey: { name: "owner", type: "S" } } },
  };
  const data = colonnade({}, notes({}, { notes: shape })).template("data");

  data.hasResourceProperties("AWS::DynamoDB::Table", {
    KeySchema: [
      { AttributeName: "owner", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
    AttributeDefinitions: Match.arrayWith([{ AttributeName: "at", AttributeType: "N" }]),
    TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-colour",
        KeySchema: [
          { AttributeName: "colour", KeyType: "HASH" },
          { AttributeName: "owner", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
});

test("the logical id of a table is stable", () => {
  const tables = colonnade({}, notes()).template("data").findResources("AWS::DynamoDB::Table");

  assert.deepEqual(Object.keys(tables), ["notesAF81B09D"]);
});

test("CORS allows the environment's origins only", () => {
  const api = colonnade({ env: "development" }).template("api");

  api.hasResourceProperties("AWS::ApiGatewayV2::Api", {
    ProtocolType: "HTTP",
    CorsConfiguration: {
      AllowOrigins: ["http://localhost:5173"],
      AllowMethods: ["*"],
      AllowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
      ExposeHeaders: ["apigw-requestid", "etag", "idempotency-replayed", "link", "location", "retry-after"],
    },
  });
  colonnade({ env: "production" }).template("api").hasResourceProperties("AWS::ApiGatewayV2::Api", { CorsConfiguration: Match.absent() });
});

test("an existing issuer needs no user pool", () => {
  const api = colonnade({ issuer: "https://id.example.com/", audience: "notes" }).template("api");

  api.resourceCountIs("AWS::Cognito::UserPool", 0);
  api.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerType: "JWT",
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: { Issuer: "https://id.example.com/", Audience: ["notes"] },
  });
});

test("without an issuer, a user pool has the scopes of the routes", () => {
  const api = colonnade({}, notes({ trigger: { access: { kind: "token", scopes: ["notes:read"] } } })).template("api");

  api.hasResourceProperties("AWS::Cognito::UserPoolResourceServer", {
    Identifier: "colonnade",
    Scopes: [{ ScopeName: "notes:read", ScopeDescription: "notes:read" }],
  });
  api.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", { JwtConfiguration: { Audience: [{ Ref: Match.stringLikeRegexp("UsersClient") }] } });
});

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
  const environments = { here: { notify: topic } };
  const { template } = colonnade({ env: "here", environments }, notes());

  for (const stack of ["notes-get", "operations"]) template(stack).allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [topic] });
});
