import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../lib/environment";
import cdkJson from "../cdk.json";

const pins = { account: "111122223333", region: "eu-central-1" };

/** Reads the pinned environment `here` with these settings and command line arguments. */
function read(settings: Record<string, unknown>, commandLine: Record<string, unknown> = {}) {
  const context: Record<string, unknown> = { project: "notes", env: "here", environments: { here: { ...pins, ...settings } }, ...commandLine };
  return readEnvironment((key) => context[key]);
}

test("an environment keeps its data and has canary rollouts unless it is disposable", () => {
  const lasting = read({});
  const disposable = read({ disposable: true });

  assert.deepEqual([lasting.disposable, lasting.rollout], [false, "canary-10-percent-5-minutes"]);
  assert.deepEqual([disposable.disposable, disposable.rollout], [true, "all-at-once"]);
  assert.equal(lasting.architecture, "arm64");
});

test("without an issuer there is a user pool, and its scopes have a prefix", () => {
  const { identity } = read({});

  assert.deepEqual(identity, { kind: "user-pool", resourceServer: "notes", scopePrefix: "notes/", callbackUrls: [] });
});

test("only a disposable environment redirects to localhost by default", () => {
  const { identity } = read({ disposable: true });

  assert.deepEqual(identity.kind === "user-pool" && identity.callbackUrls, ["http://localhost:5173/"]);
});

test("the settings name an issuer and its audiences", () => {
  const { identity } = read({ issuer: "https://id.example.com/", audience: ["a", "b"] });

  assert.deepEqual(identity, { kind: "issuer", issuer: "https://id.example.com/", audience: ["a", "b"], scopePrefix: "" });
});

test("the command line sets the issuer of a disposable environment", () => {
  const { identity } = read({ disposable: true }, { issuer: "https://id.example.com/", audience: "a,b" });

  assert.deepEqual(identity, { kind: "issuer", issuer: "https://id.example.com/", audience: ["a", "b"], scopePrefix: "" });
});

test("the command line sets the kind of API where nothing lasts", () => {
  assert.equal(read({ disposable: true }, { api: "rest" }).api, "rest");
  assert.equal(read({}, { api: "rest", code: "unbuilt" }).api, "rest");
});

test("a disposable environment may be in any account and Region", () => {
  const { account, region } = read({ disposable: true, account: undefined, region: undefined });

  assert.deepEqual([account, region], [undefined, undefined]);
});

test("the environments of this repository are valid", () => {
  for (const env of Object.keys(cdkJson.context.environments)) {
    const context: Record<string, unknown> = { ...cdkJson.context, env };
    assert.equal(readEnvironment((key) => context[key]).name, env);
  }
});

const issuer = "https://id.example.com";
const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/1";
const wrong: [string, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
  ["no environment", {}, { env: undefined }, /No environment is given\. Run with -c env=here: cdk\.json has here\./],
  ["an unknown environment", {}, { env: "there" }, /Unknown environment "there": cdk\.json has here\. Run with -c env=here, or add "there"/],
  ["a lasting environment without an account", { account: undefined }, {}, /account is missing\. Set it in cdk\.json/],
  ["a lasting environment without a Region", { region: undefined }, {}, /region is missing\. Set it in cdk\.json/],
  ["an issuer on the command line", {}, { issuer, audience: "a" }, /-c issuer is for disposable environments\. Set issuer in cdk\.json/],
  ["a kind of API on the command line", {}, { api: "rest" }, /-c api is for disposable environments\. Set api in cdk\.json/],
  ["a scope prefix on the command line", {}, { scopePrefix: "api/" }, /-c scopePrefix is for disposable environments/],
  ["an issuer without an audience", { issuer }, {}, /issuer needs an audience, or every token of https:\/\/id\.example\.com .*Add the setting audience/],
  ["an audience without an issuer", { audience: ["a"] }, {}, /audience needs an issuer.*Add the setting issuer/],
  ["an issuer without TLS", { issuer: "http://id.example.com", audience: ["a"] }, {}, /issuer is .* Use an https URL/],
  ["an unknown architecture", {}, { architecture: "arm" }, /architecture is "arm"\. Use one of arm64, x86_64\./],
  ["an unknown rollout", { rollout: "canary" }, {}, /rollout is "canary"\. Use one of all-at-once,/],
  ["an unknown retention", { logRetentionDays: 8 }, {}, /logRetentionDays is 8\. Use one of 1, 3,/],
  ["an unknown setting", { retention: 8 }, {}, /retention is not a setting\. Use one of disposable, region,/],
  ["a throttle without a burst", { throttle: { rate: 1 } }, {}, /throttle is \{"rate":1\}\. Use/],
  ["a string for a boolean", { disposable: "yes" }, {}, /disposable is "yes"\. Use true or false\./],
  ["a project name with a space", {}, { project: "my notes" }, /Invalid context\.project in cdk\.json: "my notes"/],
  ["a domain without a certificate", { domain: { name: "api.example.com" } }, {}, /domain is \{"name":"api\.example\.com"\}\. Use \{/],
  ["a certificate of another Region", { domain: { name: "api.example.com", certificateArn } }, {}, /domain has a certificate in us-east-1\. Use one in eu-central-1\./],
  ["a generation of zero", { tables: { notes: { generation: 0 } } }, {}, /tables has invalid settings for notes\. Use \{ "generation": 2 \}/],
  ["a number as a variable", { environment: { "notes-get": { LIMIT: 5 } } }, {}, /environment is \{"notes-get":\{"LIMIT":5\}\}\. Use \{ "users-get": \{ "NAME": "value" \} \}/],
  ["a variable without a function", { environment: { LIMIT: "5" } }, {}, /environment is \{"LIMIT":"5"\}\. Use \{/],
  ["an ARN as a secret", { environment: { "*": { KEY: { secret: "arn:aws:x" } } } }, {}, /environment is .* Use \{/],
  ["an unknown setting of a table", { tables: { notes: { nmae: "notes" } } }, {}, /tables has invalid settings for notes\./],
];
for (const [what, settings, commandLine, message] of wrong) {
  test(`${what} is refused in one line with a correction`, () => {
    assert.throws(() => read(settings, commandLine), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}
