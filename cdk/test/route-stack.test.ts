import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { colonnade, repository } from "./colonnade";
import type { HttpTrigger, Table } from "../lib/workspace";
import { notes, notesTable } from "./workspaces";

const route = (fields: Parameters<typeof notes>[0] = {}, context: Record<string, unknown> = {}, tables?: Record<string, Table>): Template =>
  colonnade({ env: "production", ...context }, notes(fields, tables)).template("notes-get");

/** Returns a reference to the parameter with this path. */
const lookedUp = (template: Template, path: string) => {
  const [found] = Object.entries(template.findParameters("*", { Default: path }));
  return { Ref: found[0] };
};
const arn = (...parts: unknown[]) => ({ "Fn::Join": ["", parts] });

test("a function runs on Amazon Linux 2023 and arm64, and logs JSON", () => {
  route({ memory: 512, timeout: 7, reservedConcurrency: 10 }).hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "colonnade-production-notes-get",
    Description: "Fetch one note.",
    Runtime: "provided.al2023",
    Architectures: ["arm64"],
    Handler: "bootstrap",
    MemorySize: 512,
    Timeout: 7,
    ReservedConcurrentExecutions: 10,
    LoggingConfig: { LogFormat: "JSON", LogGroup: Match.anyValue() },
    TracingConfig: { Mode: "Active" },
  });
});

test("the environment sets the architecture", () => {
  route({}, { architecture: "x86_64" }).hasResourceProperties("AWS::Lambda::Function", { Architectures: ["x86_64"] });
});

test("the environment sets the retention of the log", () => {
  route().hasResourceProperties("AWS::Logs::LogGroup", { LogGroupName: "/aws/lambda/colonnade-production-notes-get", RetentionInDays: 90 });
});

test("the environment variables are the declared tables and the scope prefix", () => {
  const template = route({ permissions: { "old-notes": ["GetItem"] }, tables: { TABLE_OLD_NOTES: "old-notes" } }, {}, { notes: notesTable, "old-notes": notesTable });

  template.hasResourceProperties("AWS::Lambda::Function", {
    Environment: {
      Variables: Match.objectEquals({ TABLE_OLD_NOTES: lookedUp(template, "/colonnade/production/table/old-notes"), SCOPE_PREFIX: "colonnade/" }),
    },
  });
  route({ permissions: {}, tables: {} }, { issuer: "https://id.example.com", audience: "a" }).hasResourceProperties("AWS::Lambda::Function", { Environment: Match.absent() });
});

test("a role allows exactly the declared actions on the declared tables and indexes", () => {
  const template = route({ permissions: { notes: ["GetItem", "PutItem"], "notes/by-colour": ["Query"] } }, { env: "development" }, { notes: notesTable, pets: notesTable });

  const table = lookedUp(template, "/colonnade/development/table/notes");
  const inTable = (...rest: unknown[]) =>
    arn("arn:", { Ref: "AWS::Partition" }, ":dynamodb:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, ":table/", table, ...rest);
  template.resourceCountIs("AWS::IAM::Policy", 1);
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: [
        { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^Logs"), "Arn"] } },
        { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:PutItem"], Resource: inTable() },
        { Effect: "Allow", Action: "dynamodb:Query", Resource: inTable("/index/by-colour") },
      ],
    },
  });
  template.hasResourceProperties("AWS::IAM::Role", { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
});

test("every function of this repository has its declared actions", () => {
  const { template } = colonnade();

  for (const { name, permissions } of repository.functions) {
    const [policy] = Object.values(template(name).findResources("AWS::IAM::Policy"));
    const granted = policy.Properties.PolicyDocument.Statement.flatMap((statement: { Action: string | string[] }) => statement.Action);
    const declared = Object.values(permissions).flat().map((action) => `dynamodb:${action}`);
    assert.deepEqual(new Set(granted), new Set(["logs:CreateLogStream", "logs:PutLogEvents", ...declared]), name);
  }
});

test("a route invokes the alias of the new version, and the old version is kept", () => {
  const template = route();

  template.hasResource("AWS::Lambda::Version", { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  template.hasResourceProperties("AWS::Lambda::Alias", { Name: "live", FunctionVersion: { "Fn::GetAtt": [Match.stringLikeRegexp("CurrentVersion"), "Version"] } });
  const [alias] = Object.keys(template.findResources("AWS::Lambda::Alias"));
  template.hasResourceProperties("AWS::ApiGatewayV2::Integration", { IntegrationUri: { Ref: alias }, PayloadFormatVersion: "2.0" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
    RouteKey: "GET /notes/{noteId}",
    ApiId: lookedUp(template, "/colonnade/production/api/id"),
    Target: arn("integrations/", { Ref: Match.stringLikeRegexp("Integration") }),
  });
});

test("only the route may invoke the function", () => {
  const template = route();

  template.resourceCountIs("AWS::Lambda::Permission", 1);
  template.hasResourceProperties("AWS::Lambda::Permission", {
    Action: "lambda:InvokeFunction",
    Principal: "apigateway.amazonaws.com",
    FunctionName: { Ref: Match.stringLikeRegexp("^Live") },
    SourceArn: arn(
      "arn:", { Ref: "AWS::Partition" }, ":execute-api:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, ":",
      lookedUp(template, "/colonnade/production/api/id"),
      "/*/*/notes/{noteId}",
    ),
  });
});

test("a route has the declared access, with prefixed scopes", () => {
  const token = route();
  const authorizer = lookedUp(token, "/colonnade/production/api/authorizer");
  const access = (access: HttpTrigger["access"]) => ({ trigger: { access } });
  const scoped = access({ kind: "token", scopes: ["notes:read", "notes:write"] });

  token.hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "JWT", AuthorizerId: authorizer, AuthorizationScopes: Match.absent() });
  route(scoped).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "JWT", AuthorizationScopes: ["colonnade/notes:read", "colonnade/notes:write"] });
  route(scoped, { issuer: "https://id.example.com", audience: "a" }).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationScopes: ["notes:read", "notes:write"] });
  route(access({ kind: "iam" })).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "AWS_IAM" });
  route(access({ kind: "public" })).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "NONE" });
});

test("the default route and payload format 1.0 are supported", () => {
  const template = route({ trigger: { routeKey: "$default", method: null, path: null, payloadFormat: "1.0" } });

  template.hasResourceProperties("AWS::ApiGatewayV2::Route", { RouteKey: "$default" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Integration", { PayloadFormatVersion: "1.0" });
});

test("a new version gets a tenth of the traffic first, and an alarm rolls it back", () => {
  const template = route();
  const alarms = Object.keys(template.findResources("AWS::CloudWatch::Alarm"));

  assert.equal(alarms.length, 3);
  template.hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", {
    DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"]) },
    AlarmConfiguration: { Enabled: true, Alarms: Match.arrayWith(alarms.map((alarm) => ({ Name: { Ref: alarm } }))) },
  });
  template.hasResource("AWS::Lambda::Alias", { UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.objectLike({ DeploymentGroupName: Match.anyValue() }) } });
});

test("a disposable environment has no canary", () => {
  const template = route({}, { env: "development" });

  template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  template.hasResource("AWS::Lambda::Alias", { UpdatePolicy: Match.absent() });
});

test("alarms watch crashes, 5xx responses and durations of the live version", () => {
  const template = route({ timeout: 8 });
  const live = Match.arrayWith([Match.objectLike({ Name: "Resource" })]);

  template.hasResourceProperties("AWS::CloudWatch::Alarm", { Namespace: "AWS/Lambda", MetricName: "Errors", Dimensions: live });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", { Namespace: "AWS/Lambda", MetricName: "Duration", ExtendedStatistic: "p99", Threshold: 4000, Dimensions: live });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Colonnade",
    MetricName: "Duration",
    Statistic: "SampleCount",
    Dimensions: [{ Name: "Route", Value: { Ref: Match.stringLikeRegexp("^Function") } }, { Name: "StatusClass", Value: "5xx" }],
  });
});
