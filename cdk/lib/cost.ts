import prices from "../prices.json";
import type { Architecture } from "./environment";

/** What one request uses: calls of DynamoDB, one after the other, and the units these consume. */
export interface Use {
  what: string;
  calls: number;
  readUnits: number;
  writeUnits: number;
}

const memoryMb = 256;

/** How long Lambda bills a request, from what it takes of a core and how long DynamoDB takes to answer. */
export function billedMs({ calls }: Use): number {
  // Measured on one core, warm: 0.11 ms for a request, 0.17 ms more for each call of DynamoDB.
  const cpuMs = 0.11 + 0.17 * calls;
  // Lambda gives a whole core at 1,769 MB, and less in proportion.
  const share = memoryMb / 1769;
  // Not measured here: five milliseconds for a call within a Region.
  return Math.ceil(cpuMs / share + 5 * calls);
}

/** A request's line, its embedded metrics, Lambda's report and the access log, in bytes. */
const logBytes = 1600;

/** What a million such requests cost, by service, in dollars. */
export function perMillion(use: Use, architecture: Architecture) {
  const { httpApi, lambda, dynamoDb, logs } = prices;
  const gbSeconds = (1e6 * memoryMb * billedMs(use)) / 1024 / 1000;
  const cost = {
    api: httpApi.perMillionRequests,
    lambda: lambda.perMillionRequests + gbSeconds * lambda.perGbSecond[architecture],
    dynamoDb: use.readUnits * dynamoDb.perMillionReadUnits + use.writeUnits * dynamoDb.perMillionWriteUnits,
    logs: (1e6 * logBytes * logs.perGbIngested) / 1e9,
  };
  return { ...cost, total: cost.api + cost.lambda + cost.dynamoDb + cost.logs };
}

/** The duration by route, and by route and status class, of which three are usual; three others by route. */
const metricsOfRoute = (1 + 3) + 3;
const alarmsOfRoute = 3;

/** What a route costs a month though nobody calls it more than now and then: its metrics and its alarms. */
export function perMonth(): number {
  return metricsOfRoute * prices.metrics.perMonth + alarmsOfRoute * prices.alarms.perMonth;
}

/** The table of docs/operations.md. */
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
    .concat("", `Besides, each route keeps ${metricsOfRoute} custom metrics and ${alarmsOfRoute} alarms: ${perMonth().toFixed(2)} dollars a month.`)
    .join("\n");
}

/** The shop's usual requests. */
export const usual: Use[] = [
  { what: "answer without the database", calls: 0, readUnits: 0, writeUnits: 0 },
  { what: "read one item", calls: 1, readUnits: 1, writeUnits: 0 },
  { what: "list twenty items", calls: 1, readUnits: 2, writeUnits: 0 },
  { what: "change one item", calls: 1, readUnits: 0, writeUnits: 1 },
  { what: "make a user: two items, one transaction", calls: 1, readUnits: 0, writeUnits: 4 },
  { what: "place an order of three lines", calls: 2, readUnits: 3, writeUnits: 11 },
];
