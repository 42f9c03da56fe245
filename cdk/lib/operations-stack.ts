import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  Metric,
  Stats,
  TreatMissingData,
  type IWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { LogGroup, QueryDefinition, QueryString, type ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { alarmActions } from "./alarms";
import type { Environment } from "./environment";
import { metric } from "./metrics";
import type { Names } from "./names";
import type { Route } from "./workspace";

export interface OperationsStackProps extends StackProps {
  environment: Environment;
  names: Names;
  routes: Route[];
  tables: string[];
}

/** The dashboard, the alarms of the whole API, and saved log queries. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, props);
    const { environment, names } = props;
    const api = { ApiId: names.lookUp(this, "api/id") };
    const tables = props.tables.map((table) => ({ table, TableName: names.lookUp(this, `table/${table}`) }));

    new Dashboard(this, "Dashboard", {
      dashboardName: names.prefix,
      widgets: [...apiWidgets(api), ...routeWidgets(props.routes, names), tableWidgets(tables)],
    });
    this.alarms(api, tables, environment);
    // Saved queries are listed for the whole account, so a disposable environment has none.
    if (!environment.disposable) this.queries(props);
  }

  private alarms(api: ApiDimensions, tables: TableDimensions[], environment: Environment): void {
    const minute = { period: Duration.minutes(1) };
    const above = { comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD, treatMissingData: TreatMissingData.NOT_BREACHING };
    const alarms = [
      new Alarm(this, "ServerErrors", {
        alarmDescription: "For three minutes, more than five responses a minute of all routes were a 5xx.",
        metric: apiMetric("5xx", api, { ...minute, statistic: Stats.SUM }),
        threshold: 5,
        evaluationPeriods: 3,
        ...above,
      }),
      new Alarm(this, "Latency", {
        alarmDescription: "For five minutes, p99 of the latency was more than a second.",
        metric: apiMetric("Latency", api, { ...minute, statistic: "p99" }),
        threshold: 1000,
        evaluationPeriods: 5,
        ...above,
      }),
      new Alarm(this, "Concurrency", {
        alarmDescription: "More than 800 functions of the account run at once. A new account's limit is 1,000 or less.",
        metric: new Metric({ namespace: "AWS/Lambda", metricName: "ConcurrentExecutions", statistic: Stats.MAXIMUM, ...minute }),
        threshold: 800,
        evaluationPeriods: 3,
        ...above,
      }),
      ...tables.flatMap(({ table, TableName }) =>
        (["Read", "Write"] as const).map(
          (kind) =>
            new Alarm(this, `${kind}Throttles ${table}`, {
              alarmDescription: `For three minutes, DynamoDB throttled ${kind.toLowerCase()}s of the table ${table}.`,
              metric: tableMetric(`${kind}ThrottleEvents`, TableName, { ...minute, statistic: Stats.SUM }),
              threshold: 0,
              evaluationPeriods: 3,
              ...above,
            }),
        ),
      ),
    ];
    const actions = alarmActions(this, environment);
    for (const alarm of alarms) alarm.addAlarmAction(...actions);
  }

  private queries({ names, routes }: OperationsStackProps): void {
    const functions = routes.map((route, i) => LogGroup.fromLogGroupName(this, `Logs${i}`, names.logGroup(route.name)));
    const accessLog = LogGroup.fromLogGroupName(this, "AccessLog", names.lookUp(this, "stage/access-log"));

    this.query(names, "a request's story", [accessLog, ...functions], {
      fields: ["@timestamp", "@log", "@message"],
      filterStatements: ["@message like 'PASTE-THE-REQUEST-ID'"],
      sort: "@timestamp asc",
    });
    this.query(names, "failures", functions, {
      fields: ["@timestamp", "route", "status", "Duration", "cause", "apiRequestId"],
      filterStatements: ["status >= 500 or type = 'platform.report' and record.status != 'success'"],
      sort: "@timestamp desc",
      limit: 100,
    });
    this.query(names, "slowest requests", functions, {
      fields: ["@timestamp", "@log", "record.metrics.durationMs", "record.metrics.initDurationMs", "record.requestId"],
      filterStatements: ["type = 'platform.report'"],
      sort: "record.metrics.durationMs desc",
      limit: 100,
    });
    this.query(names, "cold starts", functions, {
      filterStatements: ["type = 'platform.report'", "ispresent(record.metrics.initDurationMs)"],
      statsStatements: ["count(*) as starts, pct(record.metrics.initDurationMs, 50) as p50, pct(record.metrics.initDurationMs, 99) as p99 by @log"],
    });
    this.query(names, "memory and billed time", functions, {
      filterStatements: ["type = 'platform.report'"],
      statsStatements: ["count(*) as invocations, sum(record.metrics.billedDurationMs) as billedMs, max(record.metrics.maxMemoryUsedMB) as peakMB, max(record.metrics.memorySizeMB) as MB by @log"],
    });
    this.query(names, "refused before a function", [accessLog], {
      fields: ["time", "routeKey", "status", "error", "authorizerError", "integrationError", "requestId"],
      filterStatements: ["integrationStatus = '-'"],
      sort: "@timestamp desc",
      limit: 100,
    });
  }

  /** A query covers up to 50 log groups. A larger API has the query once per 50 functions. */
  private query(names: Names, name: string, logGroups: ILogGroup[], query: ConstructorParameters<typeof QueryString>[0]): void {
    const most = 50;
    for (let first = 0; first < logGroups.length; first += most) {
      const part = logGroups.length > most ? ` ${first / most + 1}` : "";
      new QueryDefinition(this, `Query ${name}${part}`, {
        queryDefinitionName: `${names.prefix}/${name}${part}`,
        logGroups: logGroups.slice(first, first + most),
        queryString: new QueryString(query),
      });
    }
  }
}

type ApiDimensions = { ApiId: string };
type TableDimensions = { table: string; TableName: string };
type Options = { period?: Duration; statistic: string; label?: string };

function apiMetric(metricName: string, dimensionsMap: ApiDimensions, options: Options): Metric {
  return new Metric({ namespace: "AWS/ApiGateway", metricName, dimensionsMap, ...options });
}

function tableMetric(metricName: string, TableName: string, options: Options): Metric {
  return new Metric({ namespace: "AWS/DynamoDB", metricName, dimensionsMap: { TableName }, ...options });
}

function apiWidgets(api: ApiDimensions): IWidget[][] {
  const graph = (title: string, left: Metric[]) => new GraphWidget({ title, left, width: 8 });
  return [
    [
      graph("Requests", [apiMetric("Count", api, { statistic: Stats.SUM, label: "requests" })]),
      graph("Errors", ["4xx", "5xx"].map((status) => apiMetric(status, api, { statistic: Stats.SUM, label: status }))),
      graph("Latency, ms", ["p50", "p95", "p99"].map((statistic) => apiMetric("Latency", api, { statistic, label: statistic }))),
    ],
  ];
}

/** Graphs with one line per route. */
function routeWidgets(routes: Route[], names: Names): IWidget[][] {
  const graph = (title: string, of: (FunctionName: string, label: string) => Metric) =>
    new GraphWidget({ title, left: routes.map((route) => of(names.of(route.name), route.name)), width: 8, height: 8 });
  const lambda = (metricName: string, statistic: string) => (FunctionName: string, label: string) =>
    new Metric({ namespace: "AWS/Lambda", metricName, dimensionsMap: { FunctionName }, statistic, label });
  const own = (name: Parameters<typeof metric>[0], statistic: string) => (Route: string, label: string) => metric(name, { Route }, { statistic, label });
  return [
    [
      graph("Invocations", lambda("Invocations", Stats.SUM)),
      graph("Crashes and time-outs", lambda("Errors", Stats.SUM)),
      graph("5xx answers", (Route, label) => metric("Duration", { Route, StatusClass: "5xx" }, { statistic: Stats.SAMPLE_COUNT, label })),
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

function tableWidgets(tables: TableDimensions[]): IWidget[] {
  const graph = (title: string, metricNames: string[]) =>
    new GraphWidget({
      title,
      left: metricNames.flatMap((name) => tables.map(({ table, TableName }) => tableMetric(name, TableName, { statistic: Stats.SUM, label: table }))),
      width: 8,
    });
  return [
    graph("Tables: read units", ["ConsumedReadCapacityUnits"]),
    graph("Tables: write units", ["ConsumedWriteCapacityUnits"]),
    graph("Tables: refused", ["ReadThrottleEvents", "WriteThrottleEvents"]),
  ];
}
