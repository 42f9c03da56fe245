import { Duration, type Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData, type IAlarmAction, type IMetric, type Metric } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Environment } from "./environment";

/** Alarms evaluate each minute. */
export const period = Duration.minutes(1);

export interface Condition {
  description: string;
  metric: IMetric;
  above: number;
  minutes: number;
}

/** Adds alarms that notify the environment's topic, if there is one. */
export class Alarms {
  private readonly actions: IAlarmAction[];

  constructor(
    private readonly stack: Stack,
    environment: Environment,
  ) {
    this.actions = environment.notify ? [new SnsAction(Topic.fromTopicArn(stack, "Notify", environment.notify))] : [];
  }

  /** Adds an alarm that goes off when the metric is above a value for some minutes. */
  add(id: string, { description, metric, above, minutes }: Condition): Alarm {
    const alarm = new Alarm(this.stack, id, {
      alarmDescription: description,
      metric,
      threshold: above,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...this.actions);
    return alarm;
  }
}

/**
 * Returns the percentage of requests that failed in a minute. With fewer than `least` failures it is 0, because one
 * failure of two requests is no trend.
 */
export function failureRate(failures: Record<string, Metric>, requests: Metric, least: number): MathExpression {
  const sum = Object.keys(failures)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ");
  return new MathExpression({
    expression: `IF(${sum} >= ${least}, 100 * (${sum}) / requests, 0)`,
    usingMetrics: { ...failures, requests },
    label: "failed requests, %",
    period,
  });
}
