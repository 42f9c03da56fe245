import { Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Alias, Architecture, Function as Lambda, LoggingFormat, Runtime, Tracing, type Code } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { Alarms } from "./alarms";
import type { Environment } from "./environment";
import { functionRole } from "./function-role";
import type { Names } from "./names";
import { addRollout, addFunctionAlarms } from "./rollout";
import { valuesOf, variablesOf } from "./variables";
import type { Cors, LambdaFunction } from "./workspace";

/** The alias that an API invokes. A rollout shifts it to a new version. */
export const liveAlias = "live";

export interface FunctionStackProps extends StackProps {
  environment: Environment;
  names: Names;
  declared: LambdaFunction;
  code: Code;
  /** The settings with which the function adds CORS headers, if its API adds none. */
  cors?: Cors;
}

/** A function: its role, the live version, its alarms, and the rollout of versions. */
export class FunctionStack extends Stack {
  protected readonly live: Alias;

  constructor(scope: Construct, id: string, props: FunctionStackProps) {
    super(scope, id, props);
    const { environment, names, declared } = props;
    // CDK writes a DependsOn for each GetAtt, though the GetAtt implies it.
    this.templateOptions.metadata = { "cfn-lint": { config: { ignore_checks: ["W3005"] } } };

    const lambda = this.lambda(props);
    this.live = new Alias(this, "Live", { aliasName: liveAlias, version: lambda.currentVersion });
    const alarms = new Alarms(this, environment);
    // A disposable environment has no alarms. They would cost as much as those of production.
    if (!environment.disposable) addFunctionAlarms(alarms, declared, names);
    if (environment.rollout !== "all-at-once") addRollout(this, alarms, { declared, names, lambda, live: this.live, rollout: environment.rollout });
  }

  private lambda({ environment, names, declared, code, cors }: FunctionStackProps): Lambda {
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: names.logGroup(declared.name),
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { scopePrefix } = environment.identity;
    return new Lambda(this, "Function", {
      functionName: names.of(declared.name),
      description: declared.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: environment.architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
      handler: "bootstrap",
      code,
      role: functionRole(this, { environment, names, declared, logGroup }),
      memorySize: declared.memory,
      timeout: Duration.seconds(declared.timeout),
      reservedConcurrentExecutions: declared.reservedConcurrency ?? undefined,
      tracing: environment.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      environment: {
        ...Object.fromEntries(Object.entries(declared.tables).map(([variable, table]) => [variable, names.table(table)])),
        ...(cors && { CORS: JSON.stringify(cors) }),
        ...(scopePrefix && { SCOPE_PREFIX: scopePrefix }),
        ...valuesOf(variablesOf(declared, environment)),
      },
      // The version before is kept for rollbacks. A version whose own deployment fails is deleted: Lambda publishes no
      // second version of the same code, so the next deployment of it would fail.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
  }
}
