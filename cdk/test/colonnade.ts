import { resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Unbuilt } from "../lib/code";
import { readEnvironment } from "../lib/environment";
import { addStacks } from "../lib/stacks";
import { readWorkspace, type Workspace } from "../lib/workspace";
import cdkJson from "../cdk.json";

export const root = resolve(__dirname, "../..");

/** The shop, as Cargo describes it. */
export const shop = readWorkspace(root);

/** The stacks of `workspace` in an environment, with what `-c key=value` would say. */
export function colonnade(context: Record<string, unknown> = {}, workspace: Workspace = shop) {
  const app = new App({ context: { ...cdkJson.context, ...context } });
  addStacks(app, {
    environment: readEnvironment((key) => app.node.tryGetContext(key)),
    workspace,
    code: (name) => new Unbuilt(name),
  });
  return {
    app,
    stacks: app.node.children.map((child) => child.node.id),
    template: (name: string) => Template.fromStack(app.node.findChild(name) as never),
  };
}
