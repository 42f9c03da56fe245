import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { billedMs, perMillion, table, tableOfKinds, usual } from "../lib/cost";
import { root } from "./colonnade";

test("the cost of a million requests follows the prices", () => {
  const use = { what: "", calls: 2, readUnits: 3, writeUnits: 4 };

  const { api, lambda, dynamoDb } = perMillion(use, "arm64");

  assert.equal(billedMs(use), 14);
  assert.equal(api, 1);
  assert.equal(lambda.toFixed(6), (0.2 + 14e3 * 0.25 * 0.0000133334).toFixed(6));
  assert.equal(dynamoDb, 3 * 0.125 + 4 * 0.625);
});

test("a REST API differs in the price of the API", () => {
  const [{ api: http, ...others }, { api: rest, ...restOthers }] = (["http", "rest"] as const).map((kind) => perMillion(usual[0], "arm64", kind));

  assert.deepEqual([http, rest], [1, 3.5]);
  assert.equal((restOthers.total - others.total).toFixed(2), "2.50");
});

test("the table in docs/choosing.md is up to date", () => {
  const document = readFileSync(join(root, "docs/choosing.md"), "utf8");

  assert.ok(document.includes(tableOfKinds(usual, "arm64")), `Run npm run cost and copy its table to docs/choosing.md:\n${tableOfKinds(usual, "arm64")}`);
});

test("the table in docs/operations.md is up to date", () => {
  const document = readFileSync(join(root, "docs/operations.md"), "utf8");

  assert.ok(document.includes(table(usual, "arm64")), `Run npm run cost and copy its table to docs/operations.md:\n${table(usual, "arm64")}`);
});
