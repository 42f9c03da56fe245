import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import cdkJson from "../cdk.json";
import { colonnade } from "./colonnade";

test("an unknown environment is refused in one line", () => {
  const context = JSON.stringify({ ...cdkJson.context, env: "nowhere" });

  const { status, stderr } = spawnSync("node", ["bin/start.cjs"], {
    cwd: join(__dirname, ".."),
    encoding: "utf8",
    env: { ...process.env, CDK_CONTEXT_JSON: context },
  });

  assert.equal(status, 1);
  assert.match(stderr, /^Unknown environment "nowhere": .+ Run with -c env=development, or add .+\n$/);
});

test("a synthesized assembly cannot be published", () => {
  const { directory } = colonnade().app.synth();
  const { files } = JSON.parse(readFileSync(join(directory, "health-get.assets.json"), "utf8"));
  const code = Object.values<{ source: { executable?: string[] } }>(files).find((file) => file.source.executable);

  const [command, ...words] = code!.source.executable!;
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8" });

  assert.equal(status, 1);
  assert.equal(stderr, "health-get is not built, because this assembly was only synthesized. Deploy without --app.\n");
});
