import { Stack, type StackProps } from "aws-cdk-lib";
import { MathExpression, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { LogGroup, QueryDefinition, QueryString, type ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { Alarms, failureRate, period } from "./alarms";
import { addDashboard } from "./dashboard";
import type { Environment } from "./environment";
import { httpApiMetric, lambdaMetric, restApiMetric, tableMetric, type ApiMetric } from "./metrics";
import type { Names } from "./names";
import type { LambdaFunction, Workspace } from "./workspace";

export interface OperationsStackProps extends StackProps {
  environment: Environment;
  names: Names;
  /** The functions that have stacks. */
  functions: LambdaFunction[];
  tables: Workspace["tables"];
  api: Workspace["api"];
}

/** The dashboard, the alarms of the whole API, and saved log queries. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, props);
    const { environment, names } = props;
    const apiMetric = props.api.kind === "rest" ? restApiMetric(names.prefix, props.api.stage) : httpApiMetric(names.lookUp(this, "api/id"));
    addDashboard(this, names, apiMetric, props.functions, Object.keys(props.tables));
    // Saved queries are listed for the whole account, and alarms cost money.
    if (environment.disposable) return;
    this.alarms(apiMetric, props);
    this.queries(props);
  }

  private alarms(apiMetric: ApiMetric, { environment, names, tables }: OperationsStackProps): void {
    const alarms = new Alarms(this, environment);
    const sum = { period, statistic: Stats.SUM };
    const highest = { period, statistic: Stats.MAXIMUM };

    alarms.add("ServerErrors", {
      description: "For three minutes, more than 1 % of all responses were a 5xx, and at least five a minute.",
      metric: failureRate({ serverErrors: apiMetric("5xx", sum) }, apiMetric("Count", sum), 5),
      above: 1,
      minutes: 3,
    });
    alarms.add("Latency", {
      description: "For five minutes, p99 of the latency was more than a second.",
      metric: apiMetric("Latency", { period, statistic: "p99" }),
      above: 1000,
      minutes: 5,
    });
    alarms.add("Concurrency", {
      description: "More than 80 % of the account's concurrency is in use or reserved.",
      // The quota differs between accounts: 10 in a new one, 1,000 usually.
      metric: new MathExpression({
        expression: "100 * claimed / SERVICE_QUOTA(executions)",
        usingMetrics: { claimed: lambdaMetric("ClaimedAccountConcurrency", {}, highest), executions: lambdaMetric("ConcurrentExecutions", {}, highest) },
        label: "claimed concurrency, %",
        period,
      }),
      above: 80,
      minutes: 3,
    });
    // DynamoDB counts the throttled calls of an index apart from those of its table.
    for (const [table, { indexes }] of Object.entries(tables)) {
      for (const index of [undefined, ...Object.keys(indexes)]) {
        for (const kind of ["Read", "Write"] as const) {
          alarms.add(`${kind}Throttles ${index ? `${table} ${index}` : table}`, {
            description: `For three minutes, DynamoDB throttled ${kind.toLowerCase()}s of ${index ? `the index ${index} of ` : ""}the table ${table}.`,
            metric: tableMetric(`${kind}ThrottleEvents`, { TableName: names.table(table), ...(index && { GlobalSecondaryIndexName: index }) }, sum),
            above: 0,
            minutes: 3,
          });
        }
      }
    }
  }

  private queries({ names, functions: declared, api }: OperationsStackProps): void {
    const functions = declared.map(({ name }, i) => LogGroup.fromLogGroupName(this, `Logs${i}`, names.logGroup(name)));
    const accessLog = LogGroup.fromLogGroupName(this, "AccessLog", names.accessLog(api.kind));

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
