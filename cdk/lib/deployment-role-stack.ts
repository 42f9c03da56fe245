import { ArnFormat, CfnOutput, DefaultStackSynthesizer, Duration, LegacyStackSynthesizer, Stack, Token, Validations, type StackProps } from "aws-cdk-lib";
import { ManagedPolicy, OidcProviderNative, OpenIdConnectPrincipal, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Environment } from "./environment";
import { executionStatements } from "./execution-policy";
import { UserError } from "./user-error";

export interface DeploymentRoleStackProps extends StackProps {
  environment: Environment;
  /** The GitHub repository, as `owner/name`. */
  repository: unknown;
  /** `existing` if the account already trusts GitHub's tokens. An account can have only one such provider. */
  oidcProvider: unknown;
}

const issuer = "token.actions.githubusercontent.com";

/**
 * What a deployment from GitHub Actions needs in an account: a role for the jobs of one GitHub environment of one
 * repository, which can only assume CDK's bootstrap roles, and the policy to bootstrap the account with.
 */
export class DeploymentRoleStack extends Stack {
  constructor(scope: Construct, id: string, { environment, repository, oidcProvider, ...props }: DeploymentRoleStackProps) {
    // This synthesizer needs no bootstrapped account: the bootstrap comes later, and uses the policy of this stack.
    super(scope, id, { ...props, synthesizer: new LegacyStackSynthesizer() });
    if (typeof repository !== "string" || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
      throw new UserError(`Invalid -c repository=${String(repository)}. Use the owner and the name, as in -c repository=octocat/hello-world.`);
    }
    if (oidcProvider !== undefined && oidcProvider !== "existing") {
      throw new UserError(`Invalid -c oidcProvider=${String(oidcProvider)}. Use existing, or leave it out to create the provider.`);
    }

    const role = new Role(this, "Role", {
      description: `Deploys ${environment.project} to ${environment.name} from GitHub Actions.`,
      assumedBy: new OpenIdConnectPrincipal(this.provider(oidcProvider === "existing"), {
        StringEquals: {
          [`${issuer}:aud`]: "sts.amazonaws.com",
          [`${issuer}:sub`]: `repo:${repository}:environment:${environment.name}`,
        },
      }),
      // The longest rollout takes 100 minutes, and credentials of GitHub Actions are not renewed.
      maxSessionDuration: Duration.hours(3),
    });
    const qualifier = this.node.tryGetContext("@aws-cdk/core:bootstrapQualifier") ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    role.addToPolicy(
      new PolicyStatement({
        actions: ["sts:AssumeRole"],
        resources: ["deploy", "file-publishing", "lookup"].map((name) =>
          this.formatArn({ service: "iam", region: "", resource: "role", resourceName: `cdk-${qualifier}-${name}-role-${this.account}-${this.region}` }),
        ),
      }),
    );

    const statements = executionStatements(this, environment.project, qualifier);
    const policy = new ManagedPolicy(this, "ExecutionPolicy", { description: `What CloudFormation may do to deploy ${environment.project}.`, statements });
    Validations.of(policy).acknowledge(
      ...this.wildcards(statements).map((wildcard) => ({
        id: `AwsSolutions-IAM5[${wildcard}]`,
        reason: "CloudFormation generates the ends of names, and some actions have no resource.",
      })),
    );

    new CfnOutput(this, "RoleArn", { value: role.roleArn, description: "The variable AWS_ROLE_ARN of the GitHub environment." });
    new CfnOutput(this, "ExecutionPolicyArn", { value: policy.managedPolicyArn, description: "For cdk bootstrap --cloudformation-execution-policies." });
  }

  /** Returns the wildcards of statements in cdk-nag's words. */
  private wildcards(statements: PolicyStatement[]): string[] {
    const pseudoParameters = { "<AWS::Partition>": this.partition, "<AWS::Region>": this.region, "<AWS::AccountId>": this.account };
    const words = statements.flatMap(({ actions, resources }) => [
      ...actions.map((action) => `Action::${action}`),
      ...resources.map((resource) =>
        Object.entries(pseudoParameters).reduce((text, [name, value]) => (Token.isUnresolved(value) ? text.replaceAll(value, name) : text), `Resource::${resource}`),
      ),
    ]);
    return words.filter((word) => word.includes("*"));
  }

  private provider(existing: boolean) {
    if (!existing) return new OidcProviderNative(this, "Provider", { url: `https://${issuer}`, clientIds: ["sts.amazonaws.com"] });
    const arn = this.formatArn({ service: "iam", region: "", resource: "oidc-provider", resourceName: issuer, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    return OidcProviderNative.fromOidcProviderArn(this, "Provider", arn);
  }
}
