import { Stats, type Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaDeploymentConfig, LambdaDeploymentGroup, type ILambdaDeploymentConfig } from "aws-cdk-lib/aws-codedeploy";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Validations, type Stack } from "aws-cdk-lib";
import type { Alias, Function as Lambda } from "aws-cdk-lib/aws-lambda";
import { failureRate, period, type Alarms } from "./alarms";
import type { Rollout } from "./environment";
import { functionMetric, lambdaMetric } from "./metrics";
import type { Names } from "./names";
import type { LambdaFunction } from "./workspace";

/**
 * Adds the alarms that watch a function: failures and slowness, on all versions.
 *
 * A failure is a 5xx response, a crash or a time-out. Lambda's `Errors` counts the last two.
 */
export function addFunctionAlarms(alarms: Alarms, declared: LambdaFunction, names: Names): void {
  const live = liveDimensions(names, declared);
  const sum = { period, statistic: Stats.SUM };
  const serverErrors = functionMetric("Duration", { Route: live.FunctionName, StatusClass: "5xx" }, { period, statistic: Stats.SAMPLE_COUNT });
  alarms.add("Failures", {
    description: `${declared.name}: for two minutes, more than 1 % of the requests failed, and at least five a minute.`,
    metric: failureRate({ errors: lambdaMetric("Errors", live, sum), serverErrors }, lambdaMetric("Invocations", live, sum), 5),
    above: 1,
    minutes: 2,
  });
  alarms.add("Slow", {
    description: `${declared.name}: for three minutes, p99 of the duration was more than half of the time-out.`,
    metric: lambdaMetric("Duration", live, { period, statistic: "p99" }),
    above: declared.timeout * 500,
    minutes: 3,
  });
}

/**
 * CodeDeploy shifts the alias to a new version, and back if the new version fails or is slow meanwhile. Its alarms ignore
 * the version before: CodeDeploy stops at an alarm, so a bad version could not be replaced by its fix otherwise.
 */
export function addRollout(stack: Stack, alarms: Alarms, { declared, names, lambda, live, rollout }: RolloutProps): void {
  const role = new Role(stack, "RolloutRole", {
    assumedBy: new ServicePrincipal("codedeploy.amazonaws.com"),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSCodeDeployRoleForLambdaLimited")],
  });
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
    reason: "CodeDeploy's own policy for Lambda, in its limited form.",
  });
  new LambdaDeploymentGroup(stack, "Rollout", {
    alias: live,
    role,
    alarms: newVersionAlarms(alarms, declared, names, lambda.currentVersion.version),
    deploymentConfig: deploymentConfigs[rollout],
    autoRollback: { deploymentInAlarm: true, failedDeployment: true, stoppedDeployment: true },
  });
}

export interface RolloutProps {
  declared: LambdaFunction;
  names: Names;
  lambda: Lambda;
  live: Alias;
  rollout: Exclude<Rollout, "all-at-once">;
}

function newVersionAlarms(alarms: Alarms, declared: LambdaFunction, names: Names, ExecutedVersion: string): Alarm[] {
  const version = { ...liveDimensions(names, declared), ExecutedVersion };
  const sum = { period, statistic: Stats.SUM };
  const serverErrors = functionMetric("ServerErrors", { Route: version.FunctionName, Version: ExecutedVersion }, sum);
  return [
    alarms.add("NewVersionFailures", {
      description: `${declared.name}: more than 1 % of the newest version's requests failed in a minute, and at least three.`,
      metric: failureRate({ errors: lambdaMetric("Errors", version, sum), serverErrors }, lambdaMetric("Invocations", version, sum), 3),
      above: 1,
      minutes: 1,
    }),
    alarms.add("NewVersionSlow", {
      description: `${declared.name}: for three minutes, p99 of the newest version's duration was more than half of the time-out.`,
      metric: lambdaMetric("Duration", version, { period, statistic: "p99" }),
      above: declared.timeout * 500,
      minutes: 3,
    }),
  ];
}

function liveDimensions(names: Names, declared: LambdaFunction) {
  return { FunctionName: names.of(declared.name), Resource: `${names.of(declared.name)}:live` };
}

const deploymentConfigs: Record<Exclude<Rollout, "all-at-once">, ILambdaDeploymentConfig> = {
  "canary-10-percent-5-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  "canary-10-percent-10-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
  "canary-10-percent-15-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  "canary-10-percent-30-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
  "linear-10-percent-every-1-minute": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  "linear-10-percent-every-2-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES,
  "linear-10-percent-every-3-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
  "linear-10-percent-every-10-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_10MINUTES,
};
