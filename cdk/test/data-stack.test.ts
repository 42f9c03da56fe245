import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { colonnade, repository } from "./colonnade";
import { changedStacks, only } from "./differences";
import type { Table } from "../lib/workspace";
import { notes, notesTable } from "./workspaces";

const pins = { account: "111122223333", region: "eu-central-1" };
const here = (tables: Record<string, unknown>, workspace = notes()) => colonnade({ env: "here", environments: { here: { ...pins, tables } } }, workspace);
const variables = (stacks: ReturnType<typeof colonnade>) => only(stacks, "notes-get", "AWS::Lambda::Function")[1].Properties.Environment.Variables;
const version = (stacks: ReturnType<typeof colonnade>, name = "notes-get") => only(stacks, name, "AWS::Lambda::Version")[0];

test("tables are on demand, recoverable and retained", () => {
  const tables = Object.values(colonnade({ env: "production" }).template("data").findResources("AWS::DynamoDB::Table"));

  assert.equal(tables.length, Object.keys(repository.tables).length);
  for (const table of tables) {
    assert.equal(table.DeletionPolicy, "Retain");
    assert.equal(table.UpdateReplacePolicy, "Retain");
    assert.equal(table.Properties.BillingMode, "PAY_PER_REQUEST");
    assert.equal(table.Properties.DeletionProtectionEnabled, true);
    // DynamoDB encrypts with its own key instead of one of KMS.
    assert.deepEqual(table.Properties.SSESpecification, { SSEEnabled: false });
    assert.deepEqual(table.Properties.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
  }
});

test("a disposable environment deletes its tables", () => {
  const data = colonnade({ env: "development" }).template("data");

  data.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete", Properties: { DeletionProtectionEnabled: false } });
});

test("a table has the declared keys, indexes and time to live", () => {
  const shape: Table = {
    partitionKey: { name: "owner", type: "S" },
    sortKey: { name: "at", type: "N" },
    timeToLive: "expiresAt",
    indexes: { "by-colour": { partitionKey: { name: "colour", type: "S" }, sortKey: { name: "owner", type: "S" } } },
  };
  const data = colonnade({}, notes({}, { notes: shape })).template("data");

  data.hasResourceProperties("AWS::DynamoDB::Table", {
    KeySchema: [
      { AttributeName: "owner", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
    AttributeDefinitions: Match.arrayWith([{ AttributeName: "at", AttributeType: "N" }]),
    TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-colour",
        KeySchema: [
          { AttributeName: "colour", KeyType: "HASH" },
          { AttributeName: "owner", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
});

test("the logical id of a table is stable", () => {
  const [id] = only(colonnade({}, notes()), "data", "AWS::DynamoDB::Table");

  assert.equal(id, "notesAF81B09D");
});

// CloudFormation refuses to replace a resource whose name stays.
test("other keys keep the name of the table", () => {
  const [, { Properties }] = only(here({}, notes({}, { notes: { ...notesTable, partitionKey: { name: "key", type: "S" } } })), "data", "AWS::DynamoDB::Table");

  assert.deepEqual(Properties.KeySchema, [{ AttributeName: "key", KeyType: "HASH" }]);
  assert.equal(Properties.TableName, only(here({}), "data", "AWS::DynamoDB::Table")[1].Properties.TableName);
});

test("a new generation of a table changes exactly the routes that use it", () => {
  const workspace = notes();
  workspace.functions.push({ ...notes({ name: "health-get", permissions: {}, tables: {} }).functions[0] });
  const before = here({}, workspace);
  const after = here({ notes: { generation: 2 } }, workspace);

  assert.deepEqual(changedStacks(before, after), ["data", "notes-get", "operations"]);
  assert.deepEqual(variables(before).TABLE_NOTES, "colonnade-here-notes");
  assert.deepEqual(variables(after).TABLE_NOTES, "colonnade-here-notes.2");
  assert.equal(only(after, "data", "AWS::DynamoDB::Table")[1].Properties.TableName, "colonnade-here-notes.2");
  assert.notEqual(version(after), version(before));
  assert.equal(version(after, "health-get"), version(before, "health-get"));
});

test("an environment can use a table that no stack creates", () => {
  const before = here({});
  const after = here({ notes: { name: "notes-of-monday" } });

  after.template("data").resourceCountIs("AWS::DynamoDB::Table", 0);
  after.template("data").hasResourceProperties("AWS::SSM::Parameter", { Name: "/colonnade/here/table/notes", Value: "notes-of-monday" });
  assert.equal(variables(after).TABLE_NOTES, "notes-of-monday");
  assert.notEqual(version(after), version(before));
});

test("settings of an undeclared table are refused", () => {
  assert.throws(() => here({ nots: { generation: 2 } }), /tables has settings for nots\. The declared tables are notes\./);
});
