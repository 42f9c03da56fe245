import prices from "../prices.json";
import { billedMs, cpuMs, memoryMb, perMillion, perMonth, type Use } from "./cost";
import type { Architecture } from "./environment";

/** A route, and its share of the requests. */
export interface Route extends Use {
  share: number;
}

/** Seconds of an average month: a year has 365.25 days. */
const month = (365.25 * 24 * 3600) / 12;

/** The requests of a month, in millions. */
export function millionsAMonth(rate: number): number {
  return (rate * month) / 1e6;
}

/** The monthly cost of a route, or of all, in dollars. */
export interface MonthlyCost {
  api: number;
  lambda: number;
  dynamoDb: number;
  logs: number;
  monitoring: number;
  total: number;
}

/**
 * The monthly cost of `route` when the whole API receives `rate` requests a second. Discounts for volume apply to the
 * whole account, so each route gets its part of them.
 */
export function monthlyCost(route: Route, rate: number, all: Route[], architecture: Architecture): MonthlyCost {
  const millions = millionsAMonth(route.share * rate);
  const full = perMillion(route, architecture);
  const discount = discounts(rate, all, architecture);
  const api = millions * full.api * discount.api;
  const lambda = millions * full.lambda;
  const dynamoDb = millions * full.dynamoDb;
  const logs = millions * full.logs * discount.logs;
  const monitoring = perMonth();
  return { api, lambda, dynamoDb, logs, monitoring, total: api + lambda + dynamoDb + logs + monitoring };
}

/** The price of API requests and of logs at a rate, as a share of the price of the first ones. */
function discounts(rate: number, all: Route[], architecture: Architecture): { api: number; logs: number } {
  const millions = millionsAMonth(rate);
  const { api, logs } = perMillion(all[0]!, architecture);
  const gigabytes = (millions * logs) / prices.logs.perGbIngested;
  const { volume } = prices;
  return {
    api: tiered(millions, volume.httpApi) / (millions * api),
    logs: tiered(gigabytes, volume.logs) / (gigabytes * prices.logs.perGbIngested),
  };
}

/** A price for units up to a number of them; without the number, for all others. */
interface Tier {
  upTo?: number;
  price: number;
}

/** The price of `units`. Each tier has the price of the units between the end of the previous one and its own end. */
export function tiered(units: number, tiers: Tier[]): number {
  let [cost, from] = [0, 0];
  for (const { upTo = Infinity, price } of tiers) {
    cost += Math.max(0, Math.min(units, upTo) - from) * price;
    from = upTo;
  }
  return cost;
}

/** The average number of requests at the same time, and the concurrency that Lambda requires for `rate`. */
export function concurrency(rate: number, all: Route[]): { average: number; required: number } {
  const seconds = all.reduce((sum, route) => sum + route.share * billedMs(route), 0) / 1000;
  // An execution environment serves at most ten requests a second, however short they are.
  return { average: rate * seconds, required: Math.max(rate * seconds, rate / 10) };
}

/** The units that all tables and indexes consume each second. */
export function units(rate: number, all: Route[]): { read: number; write: number } {
  const sum = (of: (route: Route) => number) => rate * all.reduce((total, route) => total + route.share * of(route), 0);
  return { read: sum((route) => route.readUnits), write: sum((route) => route.writeUnits) };
}

/** The monthly price of one execution environment that is kept initialized, in addition to the requests. */
export function provisionedEnvironment(architecture: Architecture): number {
  return (memoryMb / 1024) * month * prices.provisionedConcurrency.perGbSecond[architecture];
}

/**
 * The instances that serve `rate` when half of their cores are busy, and their monthly price, which replaces that of
 * durations.
 */
export function managedInstances(rate: number, all: Route[]): { instances: number; dollars: number } {
  const busyCores = (rate * all.reduce((sum, route) => sum + route.share * cpuMs(route), 0)) / 1000;
  const { cores, perHour, fee } = prices.managedInstances;
  // Each function has at least three environments, in three availability zones, of at least one core.
  const instances = Math.ceil(Math.max(3 * all.length, 2 * busyCores) / cores);
  return { instances, dollars: instances * (month / 3600) * perHour * (1 + fee) };
}

/** The monthly price of durations, without the price of requests. */
export function durations(rate: number, all: Route[], architecture: Architecture): number {
  const requests = millionsAMonth(rate) * prices.lambda.perMillionRequests;
  return all.reduce((sum, route) => sum + monthlyCost(route, rate, all, architecture).lambda, 0) - requests;
}
