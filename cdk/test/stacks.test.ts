import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { colonnade, repository, root } from "./colonnade";
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

test("only a disposable environment can be deleted at once", () => {
  const protectedStacks = (env: string) => colonnade({ env }, notes()).app.synth().stacks.map(({ terminationProtection }) => terminationProtection ?? false);

  assert.deepEqual(new Set(protectedStacks("production")), new Set([true]));
  assert.deepEqual(new Set(protectedStacks("development")), new Set([false]));
});

test("every stack has tags with its environment, and a route's its function", () => {
  const { app } = colonnade({ env: "production" }, notes());

  const tags = Object.fromEntries(app.synth().stacks.map((stack) => [stack.id, stack.tags]));
  assert.deepEqual(tags.data, { project: "colonnade", environment: "production" });
  assert.deepEqual(tags["notes-get"], { ...tags.data, function: "notes-get" });
});

test("a function name that Lambda refuses is refused before", () => {
  const workspace = notes();
  workspace.functions[0].name = `notes-${"x".repeat(40)}-get`;

  assert.throws(() => colonnade({ env: "production" }, workspace), /functions\/notes-x+-get: colonnade-production-notes-x+-get has 71 characters, and Lambda allows 64\./);
});
