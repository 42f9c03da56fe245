import { Stack } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";

/**
 * What things are called in one environment, and how one stack learns what another has made.
 *
 * A reference between stacks would become a CloudFormation export, and an export in use can be neither changed nor
 * removed. So a stack publishes an id as an SSM parameter and another looks it up when it is deployed; the order of
 * deployment is said with `addDependency`.
 */
export class Names {
  constructor(
    private readonly project: string,
    private readonly environment: string,
  ) {}

  /** A stack, function or dashboard: `colonnade-staging-users-get`. */
  of(name: string): string {
    return `${this.project}-${this.environment}-${name}`;
  }

  /** The environment itself: `colonnade-staging`. */
  get whole(): string {
    return `${this.project}-${this.environment}`;
  }

  /** The log group of a function. */
  logGroup(functionName: string): string {
    return `/aws/lambda/${this.of(functionName)}`;
  }

  publish(stack: Stack, parameter: Parameter, value: string): void {
    new StringParameter(stack, `Parameter ${parameter}`, { parameterName: this.path(parameter), stringValue: value });
  }

  lookUp(stack: Stack, parameter: Parameter): string {
    return StringParameter.valueForStringParameter(stack, this.path(parameter));
  }

  private path(parameter: Parameter): string {
    return `/${this.project}/${this.environment}/${parameter}`;
  }
}

export type Parameter = "api/id" | "api/authorizer" | "stage/access-log" | `table/${string}`;
