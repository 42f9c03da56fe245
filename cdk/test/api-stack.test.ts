import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade, repository } from "./colonnade";
import { notes, notesCors } from "./workspaces";

const scoped = notes({ trigger: { access: { kind: "token", scopes: ["notes:write"] } } });
const pins = { account: "111122223333", region: "eu-central-1" };
const here = (settings: Record<string, unknown>, workspace = notes()) => colonnade({ env: "here", environments: { here: { ...pins, ...settings } } }, workspace);

test("CORS is as declared, with the environment's origins", () => {
  const declared = { ...notes(), cors: { ...notesCors, origins: ["https://declared.example"] } };
  const others = { AllowMethods: ["GET"], AllowHeaders: ["authorization"], ExposeHeaders: ["etag"], MaxAge: 300, AllowCredentials: false };
  const cors = (settings: object, expected: unknown) =>
    here({ ...settings }, declared).template("api").hasResourceProperties("AWS::ApiGatewayV2::Api", { CorsConfiguration: expected });

  cors({}, { AllowOrigins: ["https://declared.example"], ...others });
  cors({ corsOrigins: ["https://pages.example"] }, { AllowOrigins: ["https://pages.example"], ...others });
  cors({ corsOrigins: [] }, Match.absent());
});

test("an API without declared CORS has no CORS, and origins are refused", () => {
  const without = { ...notes(), cors: null };

  here({}, without).template("api").hasResourceProperties("AWS::ApiGatewayV2::Api", { CorsConfiguration: Match.absent() });
  assert.throws(() => here({ corsOrigins: ["https://pages.example"] }, without), /corsOrigins needs \[workspace\.metadata\.cors\]/);
});

test("an existing issuer needs no user pool", () => {
  const api = here({ issuer: "https://id.example.com/", audience: ["notes"] }).template("api");

  api.resourceCountIs("AWS::Cognito::UserPool", 0);
  api.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerType: "JWT",
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: { Issuer: "https://id.example.com/", Audience: ["notes"] },
  });
});

test("a user's token has no declared scope", () => {
  const api = colonnade({ env: "development" }, scoped).template("api");

  api.hasResourceProperties("AWS::Cognito::UserPoolClient", {
    ClientName: "users",
    GenerateSecret: false,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid"],
    ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
});

test("the declared scopes are for a client with a secret, without users", () => {
  const api = colonnade({ env: "production" }, scoped).template("api");

  api.hasResourceProperties("AWS::Cognito::UserPoolResourceServer", { Identifier: "colonnade", Scopes: [{ ScopeName: "notes:write", ScopeDescription: "notes:write" }] });
  api.hasResourceProperties("AWS::Cognito::UserPoolClient", {
    ClientName: "administration",
    GenerateSecret: true,
    AllowedOAuthFlows: ["client_credentials"],
    AllowedOAuthScopes: [{ "Fn::Join": ["", [{ Ref: Match.stringLikeRegexp("Scopes") }, "/notes:write"]] }],
    ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
  });
});

test("tokens of both clients are accepted", () => {
  colonnade({}, scoped).template("api").hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    JwtConfiguration: { Audience: [{ Ref: Match.stringLikeRegexp("UserClient") }, { Ref: Match.stringLikeRegexp("AdministrationClient") }] },
  });
});

test("the outputs say where to get a token", () => {
  const outputs = (env: string) => Object.keys(colonnade({ env }, scoped).template("api").toJSON().Outputs);

  const always = ["UserPoolId", "UserClientId", "AdministrationClientId", "TokenEndpoint", "Url", "Issuer", "Audience"];
  assert.deepEqual(new Set(outputs("development")), new Set([...always, "SignInUrl"]));
  assert.deepEqual(new Set(outputs("production")), new Set(always));
});

test("production has no callback to localhost", () => {
  const api = colonnade({ env: "production" }, scoped).template("api");

  assert.ok(!JSON.stringify(api.toJSON()).includes("localhost"));
});

test("a domain name replaces the default endpoint", () => {
  const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/1", hostedZoneId: "Z1" };
  const { template } = here({ domain });
  const api = template("api");

  api.hasResourceProperties("AWS::ApiGatewayV2::Api", { DisableExecuteApiEndpoint: true });
  api.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
    DomainName: "api.example.com",
    DomainNameConfigurations: [{ CertificateArn: domain.certificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" }],
  });
  api.hasResourceProperties("AWS::Route53::RecordSet", { Name: "api.example.com.", Type: "A", HostedZoneId: "Z1", AliasTarget: Match.anyValue() });
  api.hasOutput("Url", { Value: "https://api.example.com" });
  template("stage").hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", { DomainName: "api.example.com", Stage: { Ref: "Stage" } });
});

test("a domain name without a zone has no record", () => {
  const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/1" };
  const api = here({ domain }).template("api");

  api.resourceCountIs("AWS::Route53::RecordSet", 0);
  api.hasOutput("DomainTarget", { Value: Match.anyValue() });
});

test("the declared CORS settings of this repository name no origin", () => {
  assert.deepEqual(repository.cors?.origins, []);
});
