import type { Stack } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Environment } from "./environment";

/** The actions of an alarm: it notifies the environment's topic, if there is one. */
export function alarmActions(stack: Stack, environment: Environment): IAlarmAction[] {
  return environment.notify ? [new SnsAction(Topic.fromTopicArn(stack, "Notify", environment.notify))] : [];
}
