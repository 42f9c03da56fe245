import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { billedMs, perMillion, table, usual } from "../lib/cost";
import { root } from "./colonnade";

test("the cost of a million requests follows the prices", () => {
  const use = { what: "", calls: 2, readUnits: 3, writeUnits: 4 };

  const { api, lambda, dynamoDb } = perMillion(use, "arm64");

  assert.equal(billedMs(use), 14);
  assert.equal(api, 1);
  assert.equal(lambda.toFixed(6), (0.2 + 14e3 * 0.25 * 0.0000133334).toFixed(6));
  assert.equal(dynamoDb, 3 * 0.125 + 4 * 0.625);
});

test("the table in docs/operations.md is up to date", () => {
  const document = readFileSync(join(root, "docs/operations.md"), "utf8");

  assert.ok(document.includes(table(usual, "arm64")), `Run npm run cost and copy its table to docs/operations.md:\n${table(usual, "arm64")}`);
});
