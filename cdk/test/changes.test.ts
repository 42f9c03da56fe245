// What a change deploys, with both kinds of API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKinds, type ApiKind, type Workspace } from "../lib/workspace";
import { colonnade, repository } from "./colonnade";
import { changedStacks, only } from "./differences";

const production = (kind: ApiKind, workspace: Workspace = repository, codeOf = (name: string) => name) =>
  colonnade({ env: "production" }, { ...workspace, api: { ...workspace.api, kind } }, codeOf);
const deployment = (stacks: ReturnType<typeof colonnade>) => only(stacks, "api", "AWS::ApiGateway::Deployment")[0];
const [first] = repository.functions;

for (const kind of apiKinds) {
  test(`other code of one function changes its stack alone, with the api ${kind}`, () => {
    const before = production(kind);

    const after = production(kind, repository, (name) => (name === first.name ? `${name}-changed` : name));

    assert.deepEqual(changedStacks(before, after), [first.name]);
  });

  test(`more memory of one function changes its stack alone, with the api ${kind}`, () => {
    const functions = repository.functions.map((declared) => (declared === first ? { ...declared, memory: declared.memory + 128 } : declared));

    const changed = changedStacks(production(kind), production(kind, { ...repository, functions }));

    assert.deepEqual(changed, [first.name]);
  });
}

test("a new route of a REST API changes the stack of the API, with a new deployment", () => {
  const without = production("rest", { ...repository, functions: repository.functions.slice(1) });
  const all = production("rest");

  assert.deepEqual(changedStacks(without, all).sort(), ["api", first.name, "operations"]);
  assert.notEqual(deployment(without), deployment(all));
});

test("a REST API is deployed after its functions", () => {
  const order = production("rest").app.synth().stacks.map(({ id }) => id);

  assert.deepEqual(order.slice(-2), ["api", "operations"]);
});

test("the user pool stays when the kind of the API changes", () => {
  const pool = (kind: ApiKind) => only(production(kind), "api", "AWS::Cognito::UserPool")[0];

  assert.equal(pool("http"), pool("rest"));
});
