import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade } from "./colonnade";
import { guardedNotes } from "./workspaces";

test("an HTTP API asks a Lambda authorizer, which answers simply", () => {
  const stacks = colonnade({}, guardedNotes({ payloadFormat: "2.0", simpleResponses: true, ttl: 60 }));

  const authorizer = stacks.template("doorkeeper");
  authorizer.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerType: "REQUEST",
    AuthorizerPayloadFormatVersion: "2.0",
    EnableSimpleResponses: true,
    AuthorizerResultTtlInSeconds: 60,
    IdentitySource: ["$request.header.Authorization"],
  });
  authorizer.hasResourceProperties("AWS::Lambda::Permission", { FunctionName: { Ref: Match.stringLikeRegexp("^Live") }, SourceArn: Match.anyValue() });
  stacks.template("notes-get").hasResourceProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "CUSTOM" });
});

test("an authorizer is deployed before the routes that it protects", () => {
  const { app } = colonnade({}, guardedNotes());

  const notes = app.synth().getStackByName("colonnade-development-notes-get");
  assert.ok(notes.dependencies.some(({ id }) => id === "doorkeeper"));
});
