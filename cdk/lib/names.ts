import { Stack } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";

/**
 * The names in one environment, and the parameters that pass ids between its stacks.
 *
 * A reference between stacks would become a CloudFormation export, and an export in use can be neither changed nor
 * removed. So a stack publishes an id as an SSM parameter, and another stack looks it up when it is deployed.
 * `addStackDependency` sets the order of deployment.
 */
export class Names {
  constructor(
    private readonly project: string,
    private readonly environment: string,
  ) {}

  /** The name of a stack or a function: `colonnade-staging-health-get`. */
  of(name: string): string {
    return `${this.prefix}-${name}`;
  }

  /** The name of the environment: `colonnade-staging`. */
  get prefix(): string {
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
