import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";

/**
 * A metric that the functions write to their log in CloudWatch's embedded metric format. `Route` is the name of the
 * Lambda function, which has the environment's name in it. `StatusClass` is `2xx`, `4xx` and so on.
 */
export function metric(
  metricName: "Duration" | "ColdStart" | "ConsumedReadUnits" | "ConsumedWriteUnits",
  dimensionsMap: { Route: string; StatusClass?: string },
  options: MetricOptions,
): Metric {
  return new Metric({ namespace: "Colonnade", metricName, dimensionsMap, ...options });
}
