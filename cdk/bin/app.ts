// Reads the Cargo workspace and the context, and adds the stacks of one environment. No other file of the app reads these.
import { resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { codeOf } from "../lib/code";
import { readEnvironment } from "../lib/environment";
import { addStacks } from "../lib/stacks";
import { readWorkspace } from "../lib/workspace";

const root = resolve(__dirname, "../..");
const app = new App();
const context = (key: string) => app.node.tryGetContext(key);
const environment = readEnvironment(context);
const code = codeOf(context, root, environment);
addStacks(app, { environment, workspace: readWorkspace(root, environment.api), code });
app.synth();
