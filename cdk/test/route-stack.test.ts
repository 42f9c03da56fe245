import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { colonnade, repository } from "./colonnade";
import type { HttpTrigger, ParameterMapping, Table } from "../lib/workspace";
import { only } from "./differences";
import cdkJson from "../cdk.json";
import { notes, notesTable } from "./workspaces";

const environments = { ...cdkJson.context.environments, here: { disposable: true, issuer: "https://id.example.com", audience: ["a"] } };
const stacks = (fields: Parameters<typeof notes>[0] = {}, context: Record<string, unknown> = {}, tables?: Record<string, Table>) =>
  colonnade({ env: "production", environments, ...context }, notes(fields, tables));
const route = (...given: Parameters<typeof stacks>): Template => stacks(...given).template("notes-get");

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
      Variables: Match.objectEquals({ TABLE_OLD_NOTES: "colonnade-production-old-notes", SCOPE_PREFIX: "colonnade/" }),
    },
  });
  route({ permissions: {}, tables: {} }, { env: "here" }).hasResourceProperties("AWS::Lambda::Function", { Environment: Match.absent() });
});

test("parameters are mapped by the integration, as declared", () => {
  const request = { "overwrite:header.x-caller": "$context.authorizer.claims.sub", "remove:querystring.debug": "''" };

  const integration = (mapping: ParameterMapping | null) => Object.values(route({ trigger: { mapping } }).findResources("AWS::ApiGatewayV2::Integration"))[0].Properties;

  const mapped = integration({ request, responses: { "500": { "overwrite:statuscode": "503" } } });
  assert.deepEqual(mapped.RequestParameters, request);
  assert.deepEqual(mapped.ResponseParameters, { "500": { ResponseParameters: [{ Destination: "overwrite:statuscode", Source: "503" }] } });
  assert.equal(integration(null).RequestParameters, undefined);
});

const variables = { LOG_LEVEL: "info", LIMIT: { parameter: "/colonnade/limit" }, API_KEY: { secret: "notes/api-key" } };
const variablesIn = (environment: Record<string, unknown>) => stacks({ environment: variables }, { env: "here", environments: { here: { ...environments.here, environment } } });

test("a parameter is read by CloudFormation, and a secret is only named", () => {
  route({ environment: variables, permissions: {}, tables: {} }, { env: "here" }).hasResourceProperties("AWS::Lambda::Function", {
    Environment: {
      Variables: Match.objectEquals({ LOG_LEVEL: "info", LIMIT: "{{resolve:ssm:/colonnade/limit}}", API_KEY: "notes/api-key" }),
    },
  });
});

test("a role allows reading exactly the declared secrets", () => {
  const statements = (template: Template) => functionRole(template, "here").Properties.Policies[0].PolicyDocument.Statement;

  const readable = statements(route({ environment: variables }, { env: "here" })).filter(({ Action }) => Action === "secretsmanager:GetSecretValue");

  const secret = arn("arn:", { Ref: "AWS::Partition" }, ":secretsmanager:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, ":secret:notes/api-key-??????");
  assert.deepEqual(readable, [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secret }]);
});

test("an environment replaces the value of a variable, for one function or for all", () => {
  const template = variablesIn({ "*": { LOG_LEVEL: "warn", LIMIT: "7" }, "notes-get": { LOG_LEVEL: "debug", API_KEY: { secret: "other" } } }).template("notes-get");

  template.hasResourceProperties("AWS::Lambda::Function", { Environment: { Variables: { LOG_LEVEL: "debug", LIMIT: "7", API_KEY: "other" } } });
});

for (const [what, environment, message] of [
  ["an unknown function", { "notes-put": {} }, /environment has variables for notes-put\. The functions are notes-get\./],
  ["an undeclared variable", { "notes-get": { LEVEL: "1" } }, /sets LEVEL of notes-get\. notes-get does not declare it in \[package\.metadata\.route\.environment\]/],
  ["a variable that no function declares", { "*": { LEVEL: "1" } }, /No function declares it in/],
  ["a value for a secret", { "notes-get": { API_KEY: "abc" } }, /sets API_KEY of notes-get\. A secret can only be replaced by another secret/],
  ["a parameter outside of the project", { "notes-get": { LIMIT: { parameter: "/other/limit" } } }, /the parameter \/other\/limit\. CloudFormation may read those below \/colonnade\//],
] as const) {
  test(`${what} in the variables of an environment is refused`, () => {
    assert.throws(() => variablesIn(environment), message);
  });
}

test("a role allows exactly the declared actions on the declared tables and indexes", () => {
  const template = route({ permissions: { notes: ["GetItem", "PutItem"], "notes/by-colour": ["Query"] } }, { env: "development" }, { notes: notesTable, pets: notesTable });

  const inTable = (resource: string) => arn("arn:", { Ref: "AWS::Partition" }, ":dynamodb:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, `:table/${resource}`);
  template.resourceCountIs("AWS::IAM::Policy", 0);
  template.resourceCountIs("AWS::IAM::Role", 1);
  template.hasResourceProperties("AWS::IAM::Role", {
    Path: "/colonnade/development/notes-get/",
    ManagedPolicyArns: Match.absent(),
    Policies: [
      {
        PolicyDocument: Match.objectLike({
          Statement: [
            { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^Logs"), "Arn"] } },
            { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:PutItem"], Resource: inTable("colonnade-development-notes") },
            { Effect: "Allow", Action: "dynamodb:Query", Resource: inTable("colonnade-development-notes/index/by-colour") },
          ],
        }),
      },
    ],
  });
});

test("every function of this repository has its declared actions", () => {
  const { template } = colonnade();

  for (const { name, permissions } of repository.functions) {
    const [role] = Object.values(template(name).findResources("AWS::IAM::Role"));
    const granted = role.Properties.Policies[0].PolicyDocument.Statement.flatMap((statement: { Action: string | string[] }) => statement.Action);
    const declared = Object.values(permissions).flat().map((action) => `dynamodb:${action}`);
    assert.deepEqual(new Set(granted), new Set(["logs:CreateLogStream", "logs:PutLogEvents", ...declared]), name);
  }
});

interface FunctionRole {
  DeletionPolicy: string;
  Properties: { RoleName?: string; Policies: { PolicyDocument: { Statement: { Action: string | string[] }[] } }[] };
}

/** Returns the role of the function, without those of CodeDeploy. */
const functionRole = (template: Template, env = "production") => {
  const [found] = Object.entries(template.findResources("AWS::IAM::Role", { Properties: { Path: `/colonnade/${env}/notes-get/` } }));
  return { id: found[0], ...(found[1] as unknown as FunctionRole) };
};

test("other permissions give another role, and the old role is kept", () => {
  const before = stacks({ permissions: { notes: ["GetItem"] } });
  const after = stacks({ permissions: { notes: ["Query"] } });

  const [old, other] = [before, after].map((all) => functionRole(all.template("notes-get")));
  assert.notEqual(old.id, other.id);
  assert.equal(old.DeletionPolicy, "RetainExceptOnCreate");
  assert.equal(old.Properties.RoleName, undefined);
  after.template("notes-get").hasResourceProperties("AWS::Lambda::Function", { Role: { "Fn::GetAtt": [other.id, "Arn"] } });
  assert.notEqual(only(before, "notes-get", "AWS::Lambda::Version")[0], only(after, "notes-get", "AWS::Lambda::Version")[0]);
});

test("the same permissions give the same role", () => {
  const [first, second] = [route({ memory: 256 }), route({ memory: 512 })].map((template) => functionRole(template));

  assert.deepEqual(first, second);
});

test("a route invokes the alias of the new version", () => {
  const template = route();

  template.hasResourceProperties("AWS::Lambda::Alias", { Name: "live", FunctionVersion: { "Fn::GetAtt": [Match.stringLikeRegexp("CurrentVersion"), "Version"] } });
  const [alias] = Object.keys(template.findResources("AWS::Lambda::Alias"));
  template.hasResourceProperties("AWS::ApiGatewayV2::Integration", { IntegrationUri: { Ref: alias }, PayloadFormatVersion: "2.0" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
    RouteKey: "GET /notes/{noteId}",
    ApiId: lookedUp(template, "/colonnade/production/api/id"),
    Target: arn("integrations/", { Ref: Match.stringLikeRegexp("Integration") }),
  });
});

test("an old version is kept, and one whose deployment fails is not", () => {
  route().hasResource("AWS::Lambda::Version", { DeletionPolicy: "RetainExceptOnCreate" });
});

test("only the route may invoke the function", () => {
  const template = route();

  template.resourceCountIs("AWS::Lambda::Permission", 1);
  template.hasResourceProperties("AWS::Lambda::Permission", {
    Action: "lambda:InvokeFunction",
    Principal: "apigateway.amazonaws.com",
    FunctionName: { Ref: Match.stringLikeRegexp("^Live") },
    SourceArn: arn(
      "arn:aws:execute-api:eu-central-1:000000000000:",
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
  route(scoped, { env: "here" }).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationScopes: ["notes:read", "notes:write"] });
  route(access({ kind: "iam" })).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "AWS_IAM" });
  route(access({ kind: "public" })).hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "NONE" });
});

test("the default route and payload format 1.0 are supported", () => {
  const template = route({ trigger: { routeKey: "$default", method: null, path: null, payloadFormat: "1.0" } });

  template.hasResourceProperties("AWS::ApiGatewayV2::Route", { RouteKey: "$default" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Integration", { PayloadFormatVersion: "1.0" });
});

test("a new version gets a tenth of the traffic first, and its own alarms roll it back", () => {
  const template = route();

  const alarms = Object.keys(template.findResources("AWS::CloudWatch::Alarm")).filter((id) => id.startsWith("NewVersion"));
  assert.equal(alarms.length, 2);
  template.hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", {
    DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"]) },
    AlarmConfiguration: { Enabled: true, Alarms: alarms.map((alarm) => ({ Name: { Ref: alarm } })) },
  });
  template.hasResource("AWS::Lambda::Alias", { UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.objectLike({ DeploymentGroupName: Match.anyValue() }) } });
});

test("a disposable environment has no canary", () => {
  const template = route({}, { env: "development" });

  template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  template.hasResource("AWS::Lambda::Alias", { UpdatePolicy: Match.absent() });
});

/** Returns the metrics of an alarm, each with its dimensions. */
function metricsOf(template: Template, alarm: string) {
  const { Metrics } = template.findResources("AWS::CloudWatch::Alarm")[Object.keys(template.findResources("AWS::CloudWatch::Alarm")).find((id) => id.startsWith(alarm))!].Properties;
  const stats = Metrics.filter((metric: any) => metric.MetricStat);
  return Object.fromEntries(stats.map(({ Id, MetricStat: { Metric } }: any) => [Id, { name: Metric.MetricName, dimensions: Metric.Dimensions.map((dimension: any) => dimension.Name) }]));
}

test("a rollout is watched by the failures of the new version alone", () => {
  const template = route();

  assert.deepEqual(metricsOf(template, "NewVersionFailures"), {
    errors: { name: "Errors", dimensions: ["ExecutedVersion", "FunctionName", "Resource"] },
    serverErrors: { name: "ServerErrors", dimensions: ["Route", "Version"] },
    requests: { name: "Invocations", dimensions: ["ExecutedVersion", "FunctionName", "Resource"] },
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    MetricName: "Duration",
    ExtendedStatistic: "p99",
    Dimensions: Match.arrayWith([{ Name: "ExecutedVersion", Value: { "Fn::GetAtt": [Match.stringLikeRegexp("CurrentVersion"), "Version"] } }]),
  });
});

test("alarms watch the share of failed requests, and the duration", () => {
  const template = route({ timeout: 8 });

  assert.deepEqual(Object.values(metricsOf(template, "Failures")).map(({ name }: any) => name).sort(), ["Duration", "Errors", "Invocations"]);
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Threshold: 1,
    Metrics: Match.arrayWith([Match.objectLike({ Expression: Match.stringLikeRegexp("^IF.+ >= 5, 100 .+ / requests, 0.$") })]),
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", { Namespace: "AWS/Lambda", MetricName: "Duration", ExtendedStatistic: "p99", Threshold: 4000 });
});
