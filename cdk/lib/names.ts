import { Stack } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import type { Environment } from "./environment";
import type { ApiKind } from "./workspace";

/**
 * The names in one environment, and the parameters that pass ids between its stacks.
 *
 * A reference between stacks would become a CloudFormation export, and an export in use can be neither changed nor
 * removed. So a stack publishes an id as an SSM parameter, and another stack looks it up when it is deployed.
 * `addStackDependency` sets the order of deployment.
 */
export class Names {
  constructor(private readonly environment: Environment) {}

  /** The name of a stack or a function: `colonnade-staging-health-get`. */
  of(name: string): string {
    return `${this.prefix}-${name}`;
  }

  /** The name of the environment: `colonnade-staging`. */
  get prefix(): string {
    return `${this.environment.project}-${this.environment.name}`;
  }

  /** The log group of a function. */
  logGroup(functionName: string): string {
    return `/aws/lambda/${this.of(functionName)}`;
  }

  /** The log group of the requests. Below this prefix, CloudWatch Logs needs no resource policy for each log group. */
  accessLog(kind: ApiKind): string {
    return `/aws/vendedlogs/${kind}-apis/${this.prefix}`;
  }

  /**
   * The name of a table in DynamoDB: `colonnade-staging-users`, and `colonnade-staging-users.2` for its second generation.
   *
   * The name is the table's identity in the templates of the functions, so a function gets a new version when it has to
   * use another table. CloudFormation replaces a named table only if the name changes as well.
   */
  table(name: string): string {
    const { generation, name: existing } = this.environment.tables[name] ?? { generation: 1 };
    return existing ?? (generation > 1 ? `${this.of(name)}.${generation}` : this.of(name));
  }

  /** The path of IAM roles, which contain what a function may do. */
  rolePath(functionName: string): string {
    return `${this.path(functionName)}/`;
  }

  publish(stack: Stack, parameter: Parameter, value: string): void {
    new StringParameter(stack, `Parameter ${parameter}`, { parameterName: this.path(parameter), stringValue: value });
  }

  lookUp(stack: Stack, parameter: Parameter): string {
    return StringParameter.valueForStringParameter(stack, this.path(parameter));
  }

  private path(name: string): string {
    return `/${this.environment.project}/${this.environment.name}/${name}`;
  }
}

export type Parameter = "api/id" | "api/authorizer" | `authorizer/${string}` | `table/${string}`;
