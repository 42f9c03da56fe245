import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";

/**
 * A metric that the functions write into their log as CloudWatch's embedded metric format. `Route` is the name of
 * the Lambda function, which tells environments apart; `StatusClass` is `2xx`, `4xx` and so on.
 */
export function metric(
  metricName: "Duration" | "ColdStart" | "ConsumedReadUnits" | "ConsumedWriteUnits",
  dimensionsMap: { Route: string; StatusClass?: string },
  options: MetricOptions,
): Metric {
  return new Metric({ namespace: "Colonnade", metricName, dimensionsMap, ...options });
}
