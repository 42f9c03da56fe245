import assert from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import recommended from "aws-cdk-lib/recommended-feature-flags.json";
import cdkJson from "../cdk.json";

test("every recommended feature flag of the modules that the app uses has a value", () => {
  const used = new Set(["core", ...["../lib", "../bin"].flatMap((folder) => modulesOf(join(__dirname, folder)))]);
  const concerned = Object.keys(recommended).filter((flag) => used.has(/^@aws-cdk\/([^:]+):/.exec(flag)?.[1] ?? ""));

  const missing = concerned.filter((flag) => !Object.hasOwn(cdkJson.context, flag));

  assert.ok(concerned.length > 20);
  assert.deepEqual(missing, []);
});

/** Returns the modules of aws-cdk-lib that the files of a folder import, such as `aws-lambda`. */
function modulesOf(folder: string): string[] {
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  return sources.flatMap((source) => [...source.matchAll(/"aws-cdk-lib\/([^"]+)"/g)].map(([, module]) => module ?? ""));
}
