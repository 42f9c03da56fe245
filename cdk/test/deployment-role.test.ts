import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { DeploymentRoleStack } from "../lib/deployment-role-stack";
import { readEnvironment } from "../lib/environment";
import cdkJson from "../cdk.json";

function deploymentRole({ repository = "octocat/hello-world", oidcProvider }: { repository?: string; oidcProvider?: string } = {}) {
  // The name in the expectations of the tests, whatever the name in cdk.json.
  const app = new App({ context: { ...cdkJson.context, env: "production", project: "colonnade" } });
  const environment = readEnvironment((key) => app.node.tryGetContext(key));
  const stack = new DeploymentRoleStack(app, "deployment-role", { environment, repository, oidcProvider });
  return { app, template: Template.fromStack(stack) };
}

/** Returns the actions that the policy for CloudFormation allows, with the resources of each. */
function allowed(template: Template): { action: string; resource: string }[] {
  const [policy] = Object.values(template.findResources("AWS::IAM::ManagedPolicy"));
  return policy.Properties.PolicyDocument.Statement.flatMap(({ Action, Resource }: { Action: string | string[]; Resource: unknown }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource: text(resource) }))),
  );
}

/** Returns an ARN with the names of its pseudo parameters. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  const { Ref, "Fn::Join": join } = value as { Ref?: string; "Fn::Join"?: [string, unknown[]] };
  return Ref ? Ref.replace("AWS::", "") : join![1].map(text).join("");
}

test("only jobs of one environment of one repository may assume the role", () => {
  const { template } = deploymentRole();

  template.hasResourceProperties("AWS::IAM::Role", {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: "sts:AssumeRoleWithWebIdentity",
          Effect: "Allow",
          Principal: { Federated: Match.anyValue() },
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:octocat/hello-world:environment:production",
            },
          },
        },
      ],
    },
  });
});

test("the role may only assume the bootstrap roles", () => {
  const { template } = deploymentRole();

  const [policy, ...others] = Object.values(template.findResources("AWS::IAM::Policy"));
  const [{ Action, Resource }] = policy.Properties.PolicyDocument.Statement;
  const roles = Resource.map(text);
  assert.deepEqual([others, Action], [[], "sts:AssumeRole"]);
  assert.deepEqual(
    roles,
    ["deploy", "file-publishing", "lookup"].map((name) => `arn:Partition:iam::AccountId:role/cdk-hnb659fds-${name}-role-AccountId-Region`),
  );
});

test("CloudFormation may not read items, send requests or assume roles", () => {
  const actions = allowed(deploymentRole().template).map(({ action }) => action);

  const refused = /^(dynamodb:(Batch|GetItem|PutItem|UpdateItem|DeleteItem|Query|Scan|\*)|lambda:(Invoke|\*)|logs:(Get\*|GetLogEvents|FilterLogEvents)|sts:|iam:(Create(User|AccessKey|Policy)|\*)|\*)/;
  assert.deepEqual(actions.filter((action) => refused.test(action)), []);
});

test("CloudFormation may change roles of the project only, and attach one managed policy", () => {
  const { template } = deploymentRole();

  const roles = allowed(template).filter(({ action }) => action.startsWith("iam:"));
  assert.deepEqual([...new Set(roles.map(({ resource }) => resource))], ["arn:Partition:iam::AccountId:role/colonnade-*", "arn:Partition:iam::AccountId:role/colonnade/*"]);
  template.hasResourceProperties("AWS::IAM::ManagedPolicy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"], Condition: { ArnEquals: { "iam:PolicyARN": Match.anyValue() } } }),
      ]),
    },
  });
});

test("the policy for CloudFormation fits into a managed policy", () => {
  const [policy] = Object.values(deploymentRole().template.findResources("AWS::IAM::ManagedPolicy"));

  const document = policy.Properties.PolicyDocument.Statement.map((statement: Record<string, unknown>) => ({ ...statement, Resource: [statement.Resource].flat().map(text) }));
  // IAM counts at most 6,144 characters. Placeholders such as AccountId are about as long as their values.
  assert.ok(JSON.stringify(document).length < 5800);
});

test("an account's existing provider can be used", () => {
  const { template } = deploymentRole({ oidcProvider: "existing" });

  template.resourceCountIs("AWS::IAM::OIDCProvider", 0);
});

test("the stack can be deployed before the account is bootstrapped", () => {
  const { template } = deploymentRole();

  template.templateMatches({ Parameters: Match.absent(), Rules: Match.absent() });
});

test("a repository without owner is refused", () => {
  assert.throws(() => deploymentRole({ repository: "hello-world" }), /Invalid -c repository=hello-world\. Use the owner and the name/);
});

test("cdk-nag's AwsSolutions finds nothing in the deployment role", () => {
  const { app } = deploymentRole();

  assert.deepEqual(new AwsSolutionsChecks(app).validateScope(app).violations, []);
});
