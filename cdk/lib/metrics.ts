import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";

/** The dimensions of a Lambda function, of its alias, of one version that the alias invokes, or none for the account. */
export type FunctionDimensions = { FunctionName?: string; Resource?: string; ExecutedVersion?: string };

/**
 * A metric that the functions write to their log in CloudWatch's embedded metric format. `Route` is the name of the
 * Lambda function, which has the environment's name in it. `StatusClass` is `2xx`, `4xx` and so on. `ServerErrors` counts
 * 5xx responses, by version.
 */
export function functionMetric(
  metricName: "Duration" | "ColdStart" | "ConsumedReadUnits" | "ConsumedWriteUnits" | "ServerErrors",
  dimensionsMap: { Route: string; StatusClass?: string; Version?: string },
  options: MetricOptions,
): Metric {
  return new Metric({ namespace: "Colonnade", metricName, dimensionsMap, ...options });
}

export function lambdaMetric(metricName: string, dimensionsMap: FunctionDimensions, options: MetricOptions): Metric {
  return new Metric({ namespace: "AWS/Lambda", metricName, dimensionsMap, ...options });
}

/** Returns a metric of one API. Its kind decides the dimensions, and what CloudWatch calls the errors. */
export type ApiMetric = (metricName: "Count" | "4xx" | "5xx" | "Latency", options: MetricOptions) => Metric;

export function httpApiMetric(ApiId: string): ApiMetric {
  return (metricName, options) => new Metric({ namespace: "AWS/ApiGateway", metricName, dimensionsMap: { ApiId }, ...options });
}

export function restApiMetric(ApiName: string, Stage: string): ApiMetric {
  const names = { Count: "Count", "4xx": "4XXError", "5xx": "5XXError", Latency: "Latency" };
  return (metricName, options) => new Metric({ namespace: "AWS/ApiGateway", metricName: names[metricName], dimensionsMap: { ApiName, Stage }, ...options });
}

/** A metric of a table, or of one of its indexes. */
export function tableMetric(metricName: string, dimensionsMap: { TableName: string; GlobalSecondaryIndexName?: string }, options: MetricOptions): Metric {
  return new Metric({ namespace: "AWS/DynamoDB", metricName, dimensionsMap, ...options });
}
