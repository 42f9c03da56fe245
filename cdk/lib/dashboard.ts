import { Dashboard, GraphWidget, Stats, type IWidget, type Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Stack } from "aws-cdk-lib";
import { functionMetric, lambdaMetric, tableMetric, type ApiMetric } from "./metrics";
import type { Names } from "./names";
import type { LambdaFunction } from "./workspace";

/** Adds the dashboard of the API, its functions and its tables. */
export function addDashboard(stack: Stack, names: Names, apiMetric: ApiMetric, functions: LambdaFunction[], tables: string[]): void {
  new Dashboard(stack, "Dashboard", {
    dashboardName: names.prefix,
    widgets: [...apiWidgets(apiMetric), ...functionWidgets(functions, names), tableWidgets(tables, names)],
  });
}

function apiWidgets(apiMetric: ApiMetric): IWidget[][] {
  const graph = (title: string, left: Metric[]) => new GraphWidget({ title, left, width: 8 });
  return [
    [
      graph("Requests", [apiMetric("Count", { statistic: Stats.SUM, label: "requests" })]),
      graph("Errors", (["4xx", "5xx"] as const).map((status) => apiMetric(status, { statistic: Stats.SUM, label: status }))),
      graph("Latency, ms", ["p50", "p95", "p99"].map((statistic) => apiMetric("Latency", { statistic, label: statistic }))),
    ],
  ];
}

/** Graphs with one line per function. */
function functionWidgets(functions: LambdaFunction[], names: Names): IWidget[][] {
  const graph = (title: string, of: (FunctionName: string, label: string) => Metric) =>
    new GraphWidget({ title, left: functions.map(({ name }) => of(names.of(name), name)), width: 8, height: 8 });
  const lambda = (metricName: string, statistic: string) => (FunctionName: string, label: string) =>
    lambdaMetric(metricName, { FunctionName }, { statistic, label });
  const own = (name: Parameters<typeof functionMetric>[0], statistic: string) => (Route: string, label: string) =>
    functionMetric(name, { Route }, { statistic, label });
  return [
    [
      graph("Invocations", lambda("Invocations", Stats.SUM)),
      graph("Crashes and time-outs", lambda("Errors", Stats.SUM)),
      graph("5xx answers", (Route, label) => functionMetric("Duration", { Route, StatusClass: "5xx" }, { statistic: Stats.SAMPLE_COUNT, label })),
    ],
    [
      graph("Duration p50, ms", lambda("Duration", "p50")),
      graph("Duration p99, ms", lambda("Duration", "p99")),
      graph("Cold starts", own("ColdStart", Stats.SUM)),
    ],
    [
      graph("Throttles", lambda("Throttles", Stats.SUM)),
      graph("Running at once", lambda("ConcurrentExecutions", Stats.MAXIMUM)),
      graph("Read units per request, p99", own("ConsumedReadUnits", "p99")),
    ],
    [
      graph("Write units per request, p99", own("ConsumedWriteUnits", "p99")),
      graph("Read units", own("ConsumedReadUnits", Stats.SUM)),
      graph("Write units", own("ConsumedWriteUnits", Stats.SUM)),
    ],
  ];
}

function tableWidgets(tables: string[], names: Names): IWidget[] {
  const graph = (title: string, metricNames: string[]) =>
    new GraphWidget({
      title,
      left: metricNames.flatMap((name) => tables.map((table) => tableMetric(name, { TableName: names.table(table) }, { statistic: Stats.SUM, label: table }))),
      width: 8,
    });
  return [
    graph("Tables: read units", ["ConsumedReadCapacityUnits"]),
    graph("Tables: write units", ["ConsumedWriteCapacityUnits"]),
    graph("Tables: refused", ["ReadThrottleEvents", "WriteThrottleEvents"]),
  ];
}
