import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../lib/environment";

/** Reads the environment `here` with these settings and command line arguments. */
function read(settings: Record<string, unknown>, commandLine: Record<string, unknown> = {}) {
  const context: Record<string, unknown> = { project: "notes", env: "here", environments: { here: settings }, ...commandLine };
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

test("the command line sets an issuer and its audiences", () => {
  const { identity } = read({}, { issuer: "https://id.example.com/", audience: "a,b" });

  assert.deepEqual(identity, { kind: "issuer", issuer: "https://id.example.com/", audience: ["a", "b"], scopePrefix: "" });
});

const wrong: [string, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
  ["an unknown environment", {}, { env: "there" }, /Unknown environment "there": cdk\.json has here\. Run with -c env=here, or add "there"/],
  ["an issuer without an audience", {}, { issuer: "https://id.example.com" }, /issuer needs an audience, or every token of https:\/\/id\.example\.com .*Add -c audience=/],
  ["an audience without an issuer", {}, { audience: "a" }, /audience needs an issuer.*Add -c issuer=/],
  ["an issuer without TLS", {}, { issuer: "http://id.example.com", audience: "a" }, /issuer is .* Use an https URL/],
  ["an unknown architecture", {}, { architecture: "arm" }, /architecture is "arm"\. Use one of arm64, x86_64\./],
  ["an unknown rollout", { rollout: "canary" }, {}, /rollout is "canary"\. Use one of all-at-once,/],
  ["an unknown retention", { logRetentionDays: 8 }, {}, /logRetentionDays is 8\. Use one of 1, 3,/],
  ["an unknown setting", { retention: 8 }, {}, /retention is not a setting\. Use one of disposable, account,/],
  ["a throttle without a burst", { throttle: { rate: 1 } }, {}, /throttle is \{"rate":1\}\. Use/],
  ["a string for a boolean", { disposable: "yes" }, {}, /disposable is "yes"\. Use true or false\./],
  ["a project name with a space", {}, { project: "my notes" }, /Invalid context\.project in cdk\.json: "my notes"/],
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
