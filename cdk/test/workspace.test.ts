import assert from "node:assert/strict";
import { test } from "node:test";
import { routeKey, workspaceOf } from "../lib/workspace";
import { metadata, notes } from "./workspaces";

test("a declaration is completed by the workspace's defaults, and these by Lambda's", () => {
  const given = metadata({ memory: 512 });
  given.metadata = { route: { timeout: 7, throttle: { rate: 10, burst: 5 } } };

  const [route] = workspaceOf(given).routes;
  const [bare] = notes().routes;

  assert.equal(routeKey(route), "GET /notes/{noteId}");
  assert.deepEqual([route.memory, route.timeout, route.throttle], [512, 7, { rate: 10, burst: 5 }]);
  assert.deepEqual([bare.memory, bare.timeout, bare.throttle], [128, 3, undefined]);
});

test("a key is a string unless it says otherwise", () => {
  const { tables } = notes({}, { notes: { "partition-key": "id", "sort-key": { name: "at", type: "N" } } });

  assert.deepEqual(tables.notes.partitionKey, { name: "id", type: "S" });
  assert.deepEqual(tables.notes.sortKey, { name: "at", type: "N" });
});

const wrong: [string, Record<string, unknown>, RegExp][] = [
  ["an unknown field", { memry: 1 }, /route\.memry is not a field\. Known: method, path,/],
  ["an unknown method", { method: "get" }, /route\.method is "get"\. Use one of GET, POST,/],
  ["a path without its slash", { path: "notes" }, /route\.path is "notes"\. Write a path such as/],
  ["a path that ends in a slash", { path: "/notes/" }, /route\.path is "\/notes\/"/],
  ["a greedy variable in the middle", { path: "/{all+}/notes" }, /route\.path is/],
  ["a method beside $default", { path: "$default" }, /route\.method does not go with the path \$default/],
  ["an unknown access", { access: "everybody" }, /route\.access is "everybody"\. Write "public", "token"/],
  ["access by no scope", { access: { scopes: [] } }, /route\.access is/],
  ["an unknown table", { tables: { pets: ["GetItem"] } }, /tables\."pets" names an unknown table\. Known: notes\./],
  ["an unknown index", { tables: { "notes/by-day": ["Query"] } }, /names an unknown index\. Known: none\./],
  ["an unknown action", { tables: { notes: ["Get"] } }, /tables\."notes" is "Get"\. Use one of BatchGetItem,/],
  ["a transaction", { tables: { notes: ["TransactWriteItems"] } }, /A transaction has no action of its own/],
  ["too little memory", { memory: 64 }, /route\.memory is 64\. It takes a whole number from 128 to 10240\./],
  ["a time-out that is no number", { timeout: "3 s" }, /route\.timeout is "3 s"/],
  ["a throttle without a burst", { throttle: { rate: 5 } }, /throttle\.burst is missing/],
  ["an unknown payload format", { "payload-format": "3.0" }, /payload-format is "3\.0"\. Use one of 1\.0, 2\.0\./],
];
for (const [what, route, message] of wrong) {
  test(`${what} is refused in one line that names file and field`, () => {
    assert.throws(() => notes(route), (error: Error) => {
      assert.match(error.message, /^functions\/notes-get\/Cargo\.toml: package\.metadata\.route\./);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

test("a table without a key is refused by its field", () => {
  assert.throws(() => notes({}, { notes: {} }), /crates\/store\/Cargo\.toml: package\.metadata\.tables\.notes\.partition-key is missing/);
});

test("a function without a declaration is refused", () => {
  const given = metadata();
  given.packages[1].metadata = null;

  assert.throws(() => workspaceOf(given), /functions\/notes-get\/Cargo\.toml: package\.metadata\.route is missing/);
});

test("a folder that is not called as its package is refused", () => {
  const given = metadata();
  given.packages[1].name = "notes-fetch";

  assert.throws(() => workspaceOf(given), /package\.name is "notes-fetch", but the folder is "notes-get"/);
});

test("two functions on one route are refused, whatever their variables are called", () => {
  const given = metadata();
  given.packages.push({
    ...given.packages[1],
    name: "notes-find",
    manifest_path: "/repository/functions/notes-find/Cargo.toml",
    metadata: { route: { method: "GET", path: "/notes/{id}", access: "public" } },
  });

  assert.throws(() => workspaceOf(given), /functions\/notes-find and functions\/notes-get both answer GET/);
});

test("tables declared in two places are refused", () => {
  const given = metadata();
  given.packages[1].metadata!.tables = {};

  assert.throws(() => workspaceOf(given), /Tables are declared in crates\/store\/Cargo\.toml and functions\/notes-get\/Cargo\.toml/);
});
