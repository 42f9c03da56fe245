import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade } from "./colonnade";
import { changedStacks, only } from "./differences";
import type { Throttle } from "../lib/workspace";
import { notes } from "./workspaces";

/** Returns the stacks of an API whose route has this path and throttle. */
const routeAt = (path: string, throttle: Throttle | null = null) =>
  colonnade({ env: "production" }, notes({ trigger: { path, routeKey: `GET ${path}`, throttle } }));
const routeSettings = (stacks: ReturnType<typeof colonnade>) => only(stacks, "stage", "AWS::ApiGatewayV2::Stage")[1].Properties.RouteSettings;
const throttle = { rate: 20, burst: 4 };

test("the stage logs requests as JSON and throttles routes as declared", () => {
  const stage = routeAt("/notes/{noteId}", throttle).template("stage");

  stage.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
    StageName: "$default",
    AutoDeploy: true,
    AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.serializedJson(Match.objectLike({ requestId: "$context.requestId", status: "$context.status" })) },
    RouteSettings: { "GET /notes/{noteId}": { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 4 } },
  });
});

test("the environment sets the throttle of every other route", () => {
  const environments = { here: { disposable: true, throttle: { rate: 50, burst: 20 } } };

  const stacks = colonnade({ env: "here", environments });

  stacks.template("stage").hasResourceProperties("AWS::ApiGatewayV2::Stage", {
    DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 20 },
    RouteSettings: Match.absent(),
  });
});

test("renaming a route without a throttle changes its stack alone", () => {
  const before = routeAt("/notes/{noteId}");
  const after = routeAt("/papers/{noteId}");

  assert.deepEqual(changedStacks(before, after), ["notes-get"]);
});

// API Gateway refuses a stage that names a route which does not exist, and a removed name counts.
test("a throttled route is renamed without its throttle first", () => {
  const before = routeAt("/notes/{noteId}", throttle);
  const without = routeAt("/notes/{noteId}");
  const after = routeAt("/papers/{noteId}", throttle);

  assert.deepEqual(changedStacks(before, without), ["stage"]);
  assert.equal(routeSettings(without), undefined);
  assert.deepEqual(changedStacks(without, after), ["notes-get", "stage"]);
  assert.deepEqual(Object.keys(routeSettings(after)), ["GET /papers/{noteId}"]);
});

test("the access log has no address, path or token", () => {
  const [, stage] = only(routeAt("/notes/{noteId}"), "stage", "AWS::ApiGatewayV2::Stage");
  const format: string = stage.Properties.AccessLogSettings.Format;

  for (const word of ["sourceIp", "$context.path", "claims", "userAgent", "identity"]) assert.ok(!format.includes(word), word);
});
