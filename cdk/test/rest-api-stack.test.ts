import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import type { Route, Workspace } from "../lib/workspace";
import { colonnade } from "./colonnade";
import { only } from "./differences";
import { behindRest, guardedNotes, notes } from "./workspaces";

const issuer = { issuer: "https://id.example.com/", audience: ["notes"] };
const rest = (workspace: Workspace = notes(), settings: object = {}) =>
  colonnade({ env: "here", environments: { here: { disposable: true, ...settings } } }, behindRest(workspace));
const methods = (stacks: ReturnType<typeof colonnade>) =>
  Object.values(stacks.template("api").findResources("AWS::ApiGateway::Method")).map(({ Properties }) => Properties);

test("a method invokes the alias of its function by name, for this method only", () => {
  const api = rest().template("api");

  const arn = (service: string, ...rest: unknown[]) => Match.objectLike({ "Fn::Join": ["", Match.arrayWith([Match.stringLikeRegexp(service), ...rest])] });
  api.hasResourceProperties("AWS::ApiGateway::Method", { HttpMethod: "GET", Integration: { Type: "AWS_PROXY", Uri: arn("apigateway", Match.stringLikeRegexp(":function:colonnade-here-notes-get:live/invocations$")) } });
  api.resourceCountIs("AWS::Lambda::Permission", 1);
  api.hasResourceProperties("AWS::Lambda::Permission", {
    FunctionName: arn("lambda", Match.stringLikeRegexp(":function:colonnade-here-notes-get:live$")),
    SourceArn: arn("execute-api", Match.stringLikeRegexp("/GET/notes/\\*$")),
  });
  api.resourceCountIs("AWS::ApiGateway::Account", 0);
});

test("tokens of an issuer are checked by a JWT authorizer", () => {
  const scoped = notes({ trigger: { access: { kind: "token", scopes: ["notes:read"] } } });

  const api = rest(scoped, { ...issuer, scopePrefix: "shared/" }).template("api");

  api.hasResourceProperties("AWS::ApiGateway::Authorizer", {
    Type: "JWT",
    IdentitySource: "method.request.header.Authorization",
    JwtConfiguration: { Issuers: [{ Issuer: issuer.issuer, Audiences: issuer.audience }] },
  });
  api.hasResourceProperties("AWS::ApiGateway::Method", { AuthorizationType: "JWT", AuthorizerId: { Ref: "Tokens" }, AuthorizationScopes: ["shared/notes:read"] });
});

test("another audience and other scopes make another deployment", () => {
  const deployment = (audience: string, ...scopes: string[]) =>
    only(rest(notes({ trigger: { access: { kind: "token", scopes } } }), { ...issuer, audience: [audience] }), "api", "AWS::ApiGateway::Deployment")[0];

  const deployments = [deployment("notes"), deployment("others"), deployment("notes", "notes:read"), deployment("notes", "notes:write")];

  assert.equal(new Set(deployments).size, 4);
});

test("a route without scopes takes every access token of the user pool", () => {
  const api = rest(notes()).template("api");

  api.hasResourceProperties("AWS::ApiGateway::Authorizer", { Type: "COGNITO_USER_POOLS", ProviderARNs: [Match.anyValue()] });
  // Without scopes, an API would take ID tokens.
  api.hasResourceProperties("AWS::ApiGateway::Method", { AuthorizationType: "COGNITO_USER_POOLS", AuthorizationScopes: ["aws.cognito.signin.user.admin", "openid"] });
});

test("routes may be public, or for signed requests", () => {
  const access = (kind: "public" | "iam") => methods(rest(notes({ trigger: { access: { kind } } })))[0].AuthorizationType;

  assert.deepEqual([access("public"), access("iam")], ["NONE", "AWS_IAM"]);
});

test("a Lambda authorizer may be invoked by its API only", () => {
  const api = rest(guardedNotes({ identity: ["$request.header.Authorization", "$context.stage"] })).template("api");

  api.hasResourceProperties("AWS::ApiGateway::Authorizer", {
    Type: "REQUEST",
    Name: "doorkeeper",
    AuthorizerResultTtlInSeconds: 300,
    IdentitySource: "method.request.header.Authorization,context.stage",
  });
  api.hasResourceProperties("AWS::ApiGateway::Method", { AuthorizationType: "CUSTOM" });
  const sources = Object.values(api.findResources("AWS::Lambda::Permission")).map(({ Properties }) => JSON.stringify(Properties.SourceArn));
  assert.equal(sources.length, 2);
  assert.ok(sources.some((source) => source.includes("/authorizers/")));
});

test("an authorizer of type token has one header", () => {
  rest(guardedNotes({ event: "token", ttl: 0 }))
    .template("api")
    .hasResourceProperties("AWS::ApiGateway::Authorizer", { Type: "TOKEN", AuthorizerResultTtlInSeconds: 0, IdentitySource: "method.request.header.Authorization" });
});

test("the stage throttles routes as declared, and all others as the environment says", () => {
  const declared = (path: string) => notes({ trigger: { path, routeKey: `GET ${path}`, throttle: { rate: 20, burst: 4 } } });
  const settings = (path: string) => only(rest(declared(path), { throttle: { rate: 50, burst: 20 } }), "api", "AWS::ApiGateway::Stage")[1].Properties.MethodSettings;

  const [first, second] = settings("/notes/{noteId}");
  assert.deepEqual([first.HttpMethod, first.ResourcePath, first.ThrottlingRateLimit, first.ThrottlingBurstLimit], ["*", "/*", 50, 20]);
  assert.deepEqual([second.HttpMethod, second.ResourcePath, second.ThrottlingRateLimit, second.ThrottlingBurstLimit], ["GET", "/~1notes~1{noteId}", 20, 4]);
  assert.equal(settings("/")[1].ResourcePath, "/");
});

test("a usage plan has a key without a value", () => {
  const workspace = notes({ trigger: { requiresKey: true } });
  const plans: Workspace["plans"] = {
    basic: { throttle: { rate: 10, burst: 20 }, quota: { limit: 100, period: "day", offset: 5 }, routes: { "notes-get": { rate: 1, burst: 2 } } },
    open: { throttle: null, quota: null, routes: {} },
  };

  const stacks = colonnade({}, behindRest(workspace, { plans }));

  const api = stacks.template("api");
  api.hasResourceProperties("AWS::ApiGateway::Method", { HttpMethod: "GET", ApiKeyRequired: true });
  api.hasResourceProperties("AWS::ApiGateway::UsagePlan", {
    UsagePlanName: "colonnade-development-basic",
    Throttle: { RateLimit: 10, BurstLimit: 20 },
    Quota: { Limit: 100, Period: "DAY", Offset: 5 },
    ApiStages: [{ ApiId: Match.anyValue(), Stage: Match.anyValue(), Throttle: { "/notes/{noteId}/GET": { RateLimit: 1, BurstLimit: 2 } } }],
  });
  api.hasResourceProperties("AWS::ApiGateway::UsagePlan", { UsagePlanName: "colonnade-development-open", Quota: Match.absent(), Throttle: Match.absent() });
  api.resourceCountIs("AWS::ApiGateway::UsagePlanKey", 2);
  const keys = Object.values(api.findResources("AWS::ApiGateway::ApiKey"));
  assert.deepEqual(keys.map(({ Properties }) => [Properties.Enabled, Properties.Value]), [[true, undefined], [true, undefined]]);
});

const newNote = {
  $schema: "http://json-schema.org/draft-04/schema#",
  title: "NewNote",
  allOf: [{ $ref: "#/definitions/NewNote" }],
  definitions: { NewNote: { type: "object", properties: { ref: { type: "string" }, schema: { $ref: "#/definitions/Text" } } }, Text: { maxLength: 9 } },
};

/** Returns the stacks of `notes` with this validation, by the model `NewNote`. */
function validated(validation: "body" | "parameters" | "all", model: object = newNote, requiredParameters: string[] = []) {
  const requestModels: Record<string, string> = validation === "parameters" ? {} : { "application/json": "NewNote" };
  const workspace = notes({ trigger: { validation, requiredParameters, requestModels } });
  return colonnade({}, behindRest(workspace, { models: { NewNote: model } }));
}

test("bodies are validated by the models of the workspace", () => {
  const api = validated("body").template("api");

  const [id, { Properties: model }] = Object.entries(api.findResources("AWS::ApiGateway::Model"))[0];
  assert.deepEqual([model.Name, model.ContentType], ["NewNote", "application/json"]);
  assert.deepEqual(model.Schema, newNote);
  const [validator] = Object.keys(api.findResources("AWS::ApiGateway::RequestValidator", { Properties: { ValidateRequestBody: true, ValidateRequestParameters: false } }));
  api.hasResourceProperties("AWS::ApiGateway::Method", { HttpMethod: "GET", RequestModels: { "application/json": { Ref: id } }, RequestValidatorId: { Ref: validator } });
});

test("required parameters are those that manifest describes", () => {
  const api = validated("parameters", newNote, ["method.request.path.noteId", "method.request.header.X"]).template("api");

  api.hasResourceProperties("AWS::ApiGateway::RequestValidator", { ValidateRequestBody: false, ValidateRequestParameters: true });
  api.hasResourceProperties("AWS::ApiGateway::Method", { HttpMethod: "GET", RequestParameters: { "method.request.path.noteId": true, "method.request.header.X": true } });
});

test("methods with the same validation share a validator", () => {
  const workspace = notes({ trigger: { validation: "all" } });
  const [get] = workspace.functions as Route[];
  const put = { ...get, name: "notes-put", trigger: { ...get.trigger, method: "PUT" } };

  const api = rest({ ...workspace, functions: [get, put] }).template("api");

  api.resourceCountIs("AWS::ApiGateway::RequestValidator", 1);
});

test("a route without validation has no validator", () => {
  const api = rest().template("api");

  api.resourceCountIs("AWS::ApiGateway::RequestValidator", 0);
  api.resourceCountIs("AWS::ApiGateway::Model", 0);
});

test("another model and other required parameters make another deployment", () => {
  const deployment = (model?: object, ...required: string[]) => only(validated("all", model, required), "api", "AWS::ApiGateway::Deployment")[0];

  const deployments = [deployment(), deployment({ ...newNote, definitions: { NewNote: {} } }), deployment(newNote, "method.request.header.X"), deployment()];

  assert.deepEqual([new Set(deployments).size, deployments[3]], [3, deployments[0]]);
});

test("a route without a key needs none", () => {
  assert.ok(methods(rest()).every(({ ApiKeyRequired }) => !ApiKeyRequired));
});

test("CORS is a method OPTIONS, and a header of the API's own errors", () => {
  const origins = ["https://one.example", "https://two.example"];

  const stacks = rest(notes(), { corsOrigins: origins });

  const options = methods(stacks).filter(({ HttpMethod }) => HttpMethod === "OPTIONS");
  const [{ ResponseParameters, StatusCode }] = options[0].Integration.IntegrationResponses;
  assert.deepEqual([options.length, options[0].Integration.Type, StatusCode], [1, "MOCK", "204"]);
  assert.equal(ResponseParameters["method.response.header.Access-Control-Allow-Methods"], "'GET'");
  for (const type of ["DEFAULT_4XX", "DEFAULT_5XX"]) {
    stacks.template("api").hasResourceProperties("AWS::ApiGateway::GatewayResponse", {
      ResponseType: type,
      ResponseParameters: { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" },
      StatusCode: Match.absent(),
    });
  }
});

test("a function behind a REST API knows the CORS settings", () => {
  const variables = (stacks: ReturnType<typeof colonnade>) => only(stacks, "notes-get", "AWS::Lambda::Function")[1].Properties.Environment.Variables;
  const cors = (settings: object) => variables(rest(notes(), settings)).CORS;

  assert.deepEqual(JSON.parse(cors({ corsOrigins: ["https://pages.example"] })).origins, ["https://pages.example"]);
  assert.equal(cors({}), undefined);
  assert.equal(variables(colonnade({ env: "development" }, notes())).CORS, undefined);
});

test("binary media types are those of the workspace", () => {
  const workspace = notes();
  const api = { ...workspace.api, binaryMediaTypes: ["image/*"] };

  rest({ ...workspace, api }).template("api").hasResourceProperties("AWS::ApiGateway::RestApi", { BinaryMediaTypes: ["image/*"] });
  rest().template("api").hasResourceProperties("AWS::ApiGateway::RestApi", { BinaryMediaTypes: Match.absent() });
});

test("a route that declares OPTIONS answers itself", () => {
  const stacks = rest(notes({ trigger: { method: "OPTIONS" } }), { corsOrigins: ["https://pages.example"] });

  assert.deepEqual(methods(stacks).map(({ HttpMethod, Integration }) => [HttpMethod, Integration.Type]), [["OPTIONS", "AWS_PROXY"]]);
});

test("gateway responses are as declared", () => {
  const gatewayResponses = { THROTTLED: { status: 503, headers: { "Retry-After": "'1'" }, templates: { "application/json": "{}" } } };

  const api = colonnade({ env: "production" }, behindRest(notes(), { gatewayResponses })).template("api");

  api.resourceCountIs("AWS::ApiGateway::GatewayResponse", 1);
  api.hasResourceProperties("AWS::ApiGateway::GatewayResponse", {
    ResponseType: "THROTTLED",
    StatusCode: "503",
    ResponseParameters: { "gatewayresponse.header.Retry-After": "'1'" },
    ResponseTemplates: { "application/json": "{}" },
  });
});

test("a domain name is mapped to the stage", () => {
  const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/abc" };

  const api = rest(notes(), { region: "eu-central-1", domain }).template("api");

  api.hasResourceProperties("AWS::ApiGateway::RestApi", { DisableExecuteApiEndpoint: true });
  api.hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", { DomainName: { Ref: Match.stringLikeRegexp("Domain") }, Stage: { Ref: Match.stringLikeRegexp("Stage") } });
  api.hasOutput("Url", { Value: "https://api.example.com" });
});

test("the access log of a REST API has no address, path, token or key", () => {
  const format: string = only(rest(), "api", "AWS::ApiGateway::Stage")[1].Properties.AccessLogSetting.Format;

  for (const word of ["sourceIp", "$context.path", "claims", "userAgent", "identity.apiKey\""]) assert.ok(!format.includes(word), word);
});
