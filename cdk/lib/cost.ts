import prices from "../prices.json";
import type { Architecture } from "./environment";
import { apiKinds, type ApiKind } from "./workspace";

/** The use of one kind of request: successive calls of DynamoDB, and the units they consume. */
export interface Use {
  what: string;
  calls: number;
  readUnits: number;
  writeUnits: number;
}

export const memoryMb = 256;

/** The CPU time of a request on a whole core. */
export function cpuMs({ calls }: Use): number {
  // Measured on one core, warm: 0.11 ms for a request, and 0.17 ms for each call of DynamoDB.
  return 0.11 + 0.17 * calls;
}

/** The time that Lambda bills for a request: CPU time, and waiting for DynamoDB. */
export function billedMs(use: Use): number {
  // A function has a whole core at 1,769 MB, and a proportional share below.
  const share = memoryMb / 1769;
  // Assumed, not measured: 5 ms for a call within a Region.
  return Math.ceil(cpuMs(use) / share + 5 * use.calls);
}

/** Bytes of logs per request: the function's line, its embedded metrics, Lambda's report and the access log. */
const logBytes = 1600;

/** The price of the first million requests of an API. */
const priceOfApi = { http: prices.httpApi.perMillionRequests, rest: prices.restApi.perMillionRequests };

/** The cost of a million requests by service, in dollars. */
export function perMillion(use: Use, architecture: Architecture, api: ApiKind = "http") {
  const { lambda, dynamoDb, logs } = prices;
  const gbSeconds = (1e6 * memoryMb * billedMs(use)) / 1024 / 1000;
  const cost = {
    api: priceOfApi[api],
    lambda: lambda.perMillionRequests + gbSeconds * lambda.perGbSecond[architecture],
    dynamoDb: use.readUnits * dynamoDb.perMillionReadUnits + use.writeUnits * dynamoDb.perMillionWriteUnits,
    logs: (1e6 * logBytes * logs.perGbIngested) / 1e9,
  };
  return { ...cost, total: cost.api + cost.lambda + cost.dynamoDb + cost.logs };
}

/** The duration by route, and by route and status class (three of them are usual), and three other metrics by route. */
const metricsOfRoute = (1 + 3) + 3;
/** An alarm costs as many times the price as it has metrics: two alarms of all versions, two of a rollout. */
const alarmMetricsOfRoute = (3 + 1) + (3 + 1);

/** The monthly cost of a route without traffic: its metrics and alarms. */
export function perMonth(): number {
  return metricsOfRoute * prices.metrics.perMonth + alarmMetricsOfRoute * prices.alarms.perMonth;
}

/** The table in docs/operations.md. */
export function table(uses: Use[], architecture: Architecture): string {
  const rows = uses.map((use) => {
    const { api, lambda, dynamoDb, logs, total } = perMillion(use, architecture);
    const dollars = [api, lambda, dynamoDb, logs, total].map((amount) => amount.toFixed(2));
    return [use.what, billedMs(use), use.readUnits, use.writeUnits, ...dollars];
  });
  return [
    ["a million requests that", "billed ms", "RRU", "WRU", "HTTP API", "Lambda", "DynamoDB", "logs", "dollars"],
    ["---", ...Array(8).fill("---:")],
    ...rows,
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .concat("", `In addition, ${metricsOfRoute} custom metrics and the alarms of each route cost ${perMonth().toFixed(2)} dollars a month, and the dashboard ${prices.dashboards.perMonth.toFixed(2)}.`)
    .join("\n");
}

/** The table in docs/choosing.md. */
export function tableOfKinds(uses: Use[], architecture: Architecture): string {
  const row = (what: string, ofKind: (kind: ApiKind) => number) => [what, ...apiKinds.map((kind) => ofKind(kind).toFixed(2))];
  const rows = [row("the API alone", (kind) => priceOfApi[kind]), ...uses.map((use) => row(use.what, (kind) => perMillion(use, architecture, kind).total))];
  return [["dollars for a million requests that", "HTTP API", "REST API"], ["---", "---:", "---:"], ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Usual requests. */
export const usual: Use[] = [
  { what: "answer without the database", calls: 0, readUnits: 0, writeUnits: 0 },
  { what: "read one item", calls: 1, readUnits: 1, writeUnits: 0 },
  { what: "list twenty items", calls: 1, readUnits: 2, writeUnits: 0 },
  { what: "change one item", calls: 1, readUnits: 0, writeUnits: 1 },
  { what: "write two items in a transaction", calls: 1, readUnits: 0, writeUnits: 4 },
  { what: "read three items, then write four in a transaction, three with an index", calls: 2, readUnits: 3, writeUnits: 11 },
];
