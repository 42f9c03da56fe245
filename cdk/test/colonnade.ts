import { resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Unbuilt } from "../lib/code";
import { readEnvironment } from "../lib/environment";
import { addStacks } from "../lib/stacks";
import { readWorkspace, type Workspace } from "../lib/workspace";
import cdkJson from "../cdk.json";

export const root = resolve(__dirname, "../..");

/** The workspace of this repository. */
export const repository = readWorkspace(root);

/**
 * Returns the stacks of `workspace`, by default in development, with a context as of `-c key=value`. `hashOf` returns what
 * stands for the code of a function.
 */
export function colonnade(context: Record<string, unknown> = {}, workspace: Workspace = repository, hashOf = (name: string) => name) {
  // The name in the expectations of the tests, whatever the name in cdk.json.
  const app = new App({ context: { ...cdkJson.context, env: "development", project: "colonnade", ...context } });
  addStacks(app, {
    environment: readEnvironment((key) => app.node.tryGetContext(key)),
    workspace,
    code: (name) => new Unbuilt(hashOf(name), "this is a test."),
  });
  return {
    app,
    stacks: app.node.children.map((child) => child.node.id),
    template: (name: string) => Template.fromStack(app.node.findChild(name) as never),
  };
}
