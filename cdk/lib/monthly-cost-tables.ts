import { readFileSync } from "node:fs";
import { join } from "node:path";
import prices from "../prices.json";
import type { Architecture } from "./environment";
import {
  concurrency,
  durations,
  managedInstances,
  millionsAMonth,
  monthlyCost,
  provisionedEnvironment,
  units,
  type MonthlyCost,
  type Route,
} from "./monthly-cost";

/** Requests a second of the whole API. */
const rates = [1, 10, 100, 1e3, 1e4, 1e5];
/** The rate of the table of routes. */
const rateOfRoutes = 100;

const columns: (keyof MonthlyCost)[] = ["api", "lambda", "dynamoDb", "logs", "monitoring", "total"];
const heads = ["HTTP API", "Lambda", "DynamoDB", "logs", "metrics and alarms", "dollars a month"];

/** What docs/scale/traffic.json says about a function. */
interface Entry {
  function: string;
  operation: string | null;
  calls: number;
}

/** What docs/scale/capacity.json says about an operation of the store. */
interface Operation {
  operation: string;
  readUnits: number;
  writeUnits: number;
}

/** The routes, most requested first. Their shares follow Zipf's law: the second gets half as many requests, and so on. */
export function routes(traffic: Entry[], operations: Operation[]): Route[] {
  const sum = traffic.reduce((total, _, index) => total + 1 / (index + 1), 0);
  return traffic.map(({ function: what, operation, calls }, index) => {
    const found = operations.find((candidate) => candidate.operation === operation);
    if (operation !== null && !found) throw new Error(`${what}: no operation "${operation}" was measured`);
    const { readUnits, writeUnits } = found ?? { readUnits: 0, writeUnits: 0 };
    return { what, calls, readUnits, writeUnits, share: 1 / (index + 1) / sum };
  });
}

/** The generated tables of docs/scale.md for the traffic and the largest shop in docs/scale/, by the name of the part. */
export function tablesOfShop(architecture: Architecture): Record<string, string> {
  const read = (file: string) => JSON.parse(readFileSync(join(__dirname, "../../docs/scale", file), "utf8"));
  return tables(routes(read("traffic.json"), read("capacity.json").shops.at(-1).operations), architecture);
}

/** The generated tables of docs/scale.md, by the name of the part. */
export function tables(all: Route[], architecture: Architecture): Record<string, string> {
  return {
    demand: demand(all),
    "cost-by-rate": costByRate(all, architecture),
    "cost-by-route": costByRoute(all, architecture),
    "managed-instances": instances(all, architecture),
    "provisioned-concurrency": `One environment of a function costs ${provisionedEnvironment(architecture).toFixed(2)} dollars a month in addition to its requests.`,
  };
}

function demand(all: Route[]): string {
  return markdown(
    ["requests a second", "requests at once", "concurrency that Lambda requires", "read units a second", "write units a second"],
    rates.map((rate) => {
      const { average, required } = concurrency(rate, all);
      const { read, write } = units(rate, all);
      return [number(rate), ...[average, required, read, write].map((value) => number(Math.ceil(value)))];
    }),
  );
}

function costByRate(all: Route[], architecture: Architecture): string {
  return markdown(
    ["requests a second", ...heads, "dollars a million requests"],
    rates.map((rate) => {
      const costs = all.map((route) => monthlyCost(route, rate, all, architecture));
      const sums = columns.map((column) => costs.reduce((sum, cost) => sum + cost[column], 0));
      // The dashboard belongs to no route.
      const [monitoring, total] = [sums[4]! + prices.dashboards.perMonth, sums[5]! + prices.dashboards.perMonth];
      const amounts = [...sums.slice(0, 4), monitoring, total].map((amount) => number(Math.round(amount)));
      return [number(rate), ...amounts, (total / millionsAMonth(rate)).toFixed(2)];
    }),
  );
}

function costByRoute(all: Route[], architecture: Architecture): string {
  return markdown(
    [`function, at ${rateOfRoutes} requests a second in all`, "requests a second", ...heads],
    all.map((route) => {
      const cost = monthlyCost(route, rateOfRoutes, all, architecture);
      return [`\`${route.what}\``, (route.share * rateOfRoutes).toFixed(1), ...columns.map((column) => cost[column].toFixed(2))];
    }),
  );
}

function instances(all: Route[], architecture: Architecture): string {
  const { type } = prices.managedInstances;
  return markdown(
    ["requests a second", "durations on Lambda, dollars a month", `instances (${type})`, "instances, dollars a month"],
    rates.map((rate) => {
      const { instances, dollars } = managedInstances(rate, all);
      return [rate, Math.round(durations(rate, all, architecture)), instances, Math.round(dollars)].map(number);
    }),
  );
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function markdown(heads: string[], rows: string[][]): string {
  const lines = [heads, ["---", ...heads.slice(1).map(() => "---:")], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
