// The role and the policy for deployments from GitHub Actions, a stack of its own: npm run deployment-role -- deploy -c
// env=staging -c repository=octocat/hello-world
import { App } from "aws-cdk-lib";
import { DeploymentRoleStack } from "../lib/deployment-role-stack";
import { readEnvironment } from "../lib/environment";

const app = new App();
const context = (key: string) => app.node.tryGetContext(key);
const environment = readEnvironment(context);
new DeploymentRoleStack(app, "deployment-role", {
  stackName: `${environment.project}-${environment.name}-deployment-role`,
  description: "The role for deployments from GitHub Actions, and the policy to bootstrap with.",
  env: { account: environment.account, region: environment.region },
  // Without the tag `environment`: cdk/bin/app.ts does not contain this stack, so it would count as orphaned.
  tags: { project: environment.project },
  environment,
  repository: context("repository"),
  oidcProvider: context("oidcProvider"),
});
app.synth();
