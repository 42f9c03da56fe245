import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { perMillion } from "../lib/cost";
import { concurrency, millionsAMonth, monthlyCost, tiered, type Route } from "../lib/monthly-cost";
import { routes, tablesOfShop } from "../lib/monthly-cost-tables";
import { repository, root } from "./colonnade";

const halves: Route[] = [
  { what: "read", calls: 1, readUnits: 1, writeUnits: 0, share: 0.5 },
  { what: "write", calls: 1, readUnits: 0, writeUnits: 4, share: 0.5 },
];

test("each tier has its own price", () => {
  const tiers = [{ upTo: 10, price: 2 }, { upTo: 30, price: 1 }, { price: 0.5 }];

  assert.deepEqual([5, 10, 20, 40].map((units) => tiered(units, tiers)), [10, 20, 30, 45]);
});

test("without discounts a month costs what its millions of requests cost", () => {
  const [read] = halves as [Route, Route];

  const cost = monthlyCost(read, 10, halves, "arm64");

  const requests = millionsAMonth(5) * perMillion(read, "arm64").total;
  assert.ok(Math.abs(cost.total - cost.monitoring - requests) < 1e-9, `${cost.total}`);
});

test("the discount of the whole API is shared by its routes", () => {
  const api = halves.map((route) => monthlyCost(route, 1000, halves, "arm64").api);

  const millions = millionsAMonth(1000);
  assert.ok(Math.abs(api[0]! + api[1]! - (300 + (millions - 300) * 0.9)) < 1e-6);
  assert.equal(api[0], api[1]);
});

test("an environment serves ten requests a second at most", () => {
  const { average, required } = concurrency(1000, halves);

  // 7 ms for a request.
  assert.equal(average, 7);
  assert.equal(required, 100);
});

test("the share of a route is that of Zipf's law", () => {
  const entry = { function: "health-get", operation: null, calls: 0 };

  const shares = routes([entry, entry, entry], []).map((route) => route.share);

  assert.deepEqual(shares.map((share) => share.toFixed(4)), ["0.5455", "0.2727", "0.1818"]);
});

test("a route whose operation was not measured is an error", () => {
  const entry = { function: "users-get", operation: "fly", calls: 1 };

  assert.throws(() => routes([entry], []), /users-get: no operation "fly" was measured/);
});

test("the tables in docs/scale.md are up to date", () => {
  const document = readFileSync(join(root, "docs/scale.md"), "utf8");

  for (const [part, table] of Object.entries(tablesOfShop("arm64"))) {
    assert.ok(document.includes(`<!-- ${part}: begin -->\n${table}\n<!-- ${part}: end -->`), `${part}: run scripts/scale.sh`);
  }
});

test("docs/scale/traffic.json has each function once", () => {
  const traffic: { function: string }[] = JSON.parse(readFileSync(join(root, "docs/scale/traffic.json"), "utf8"));

  const functions = traffic.map((entry) => entry.function).sort();

  assert.deepEqual(functions, repository.functions.map(({ name }) => name).sort());
});
