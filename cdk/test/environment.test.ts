import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../lib/environment";

/** Reads the environment `here` with these settings, and these words on the command line. */
function read(settings: Record<string, unknown>, commandLine: Record<string, unknown> = {}) {
  const context: Record<string, unknown> = { project: "notes", env: "here", environments: { here: settings }, ...commandLine };
  return readEnvironment((key) => context[key]);
}

test("an environment keeps its data and rolls out by a canary unless it is disposable", () => {
  const lasting = read({});
  const disposable = read({ disposable: true });

  assert.deepEqual([lasting.disposable, lasting.rollout], [false, "canary-10-percent-5-minutes"]);
  assert.deepEqual([disposable.disposable, disposable.rollout], [true, "all-at-once"]);
  assert.equal(lasting.architecture, "arm64");
});

test("without an issuer there is a user pool, whose scopes carry its resource server's name", () => {
  const { identity } = read({});

  assert.deepEqual(identity, { kind: "user-pool", resourceServer: "notes", scopePrefix: "notes/", callbackUrls: [] });
});

test("an issuer and its audiences come from the command line as well", () => {
  const { identity } = read({}, { issuer: "https://id.example.com/", audience: "a,b" });

  assert.deepEqual(identity, { kind: "issuer", issuer: "https://id.example.com/", audience: ["a", "b"], scopePrefix: "" });
});

const wrong: [string, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
  ["an unknown environment", {}, { env: "there" }, /Unknown environment "there": cdk\.json knows here\. Run with -c env=here, or add "there"/],
  ["an issuer without an audience", {}, { issuer: "https://id.example.com" }, /issuer https:\/\/id\.example\.com has no audience.*Add -c audience=/],
  ["an audience without an issuer", {}, { audience: "a" }, /audience has no issuer.*Add -c issuer=/],
  ["an issuer in the clear", {}, { issuer: "http://id.example.com", audience: "a" }, /issuer is .* It takes an https URL/],
  ["an unknown architecture", {}, { architecture: "arm" }, /architecture is "arm"\. Use one of arm64, x86_64\./],
  ["an unknown rollout", { rollout: "canary" }, {}, /rollout is "canary"\. Use one of all-at-once,/],
  ["a retention that CloudWatch does not know", { logRetentionDays: 8 }, {}, /logRetentionDays is 8\. Use one of 1, 3,/],
  ["an unknown setting", { retention: 8 }, {}, /retention is not a setting\. Known: disposable, account,/],
  ["a throttle without a burst", { throttle: { rate: 1 } }, {}, /throttle is \{"rate":1\}\. Write/],
  ["a text for a switch", { disposable: "yes" }, {}, /disposable is "yes"\. Write true or false\./],
  ["a project's name with a blank", {}, { project: "my notes" }, /context\.project in cdk\.json is "my notes"/],
];
for (const [what, settings, commandLine, message] of wrong) {
  test(`${what} is refused in one line that says what mends it`, () => {
    assert.throws(() => read(settings, commandLine), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}
