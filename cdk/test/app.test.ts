import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App, Stack } from "aws-cdk-lib";
import { Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { built, runScript } from "../lib/code";
import cdkJson from "../cdk.json";
import { colonnade, root } from "./colonnade";

/** Starts the app as the CDK command line does, with a context as of `-c key=value`. */
function start(context: Record<string, unknown>, path = process.env.PATH) {
  const outputFolder = mkdtempSync(join(tmpdir(), "colonnade-"));
  const { status, stderr } = spawnSync("node", ["bin/start.cjs"], {
    cwd: join(root, "cdk"),
    encoding: "utf8",
    env: { ...process.env, PATH: path, CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }), CDK_OUTDIR: outputFolder },
  });
  return { status, stderr, outputFolder };
}

test("an unknown environment is refused in one line", () => {
  const { status, stderr } = start({ env: "nowhere" });

  assert.equal(status, 1);
  assert.match(stderr, /^Unknown environment "nowhere": .+ Run with -c env=development, or add .+\n$/);
});

test("an unknown -c code is refused in one line", () => {
  const { status, stderr } = start({ env: "development", code: "placeholder" });

  assert.equal(status, 1);
  assert.equal(stderr, "Invalid -c code=placeholder. Use built, or unbuilt for an assembly that cannot be deployed.\n");
});

test("a command that needs no binaries builds none", () => {
  // The CDK command line selects no stack for `list` and `destroy`. A build would fail: no such profile.
  const { status, stderr } = start({ env: "development", profile: "missing", "aws:cdk:bundling-stacks": [] });

  assert.deepEqual([status, stderr], [0, ""]);
});

test("without Rust's standard library for the architecture, templates are synthesized with a warning", () => {
  const programs = mkdtempSync(join(tmpdir(), "colonnade-"));
  const rustc = spawnSync("rustup", ["which", "rustc"], { encoding: "utf8" }).stdout.trim();
  writeFileSync(join(programs, "rustc"), `#!/bin/sh\ncase "$*" in *target-libdir*) echo /missing ;; *) exec "${rustc}" "$@" ;; esac\n`, { mode: 0o755 });

  const { status, stderr, outputFolder } = start({ env: "development" }, `${programs}:${process.env.PATH}`);

  assert.equal(status, 0);
  assert.match(stderr, /^Warning: the functions are not built, because Rust has no standard library for aarch64-unknown-linux-gnu\. Run: rustup target add /);
  assert.match(readFileSync(join(outputFolder, "health-get.assets.json"), "utf8"), /health-get is not built: Rust had no standard library/);
});

test("an assembly without -c code has the binaries of the selected stacks", () => {
  const app = new App({ context: { "aws:cdk:bundling-stacks": ["selected"] } });
  const names: string[] = [];
  for (const name of ["selected", "other"]) {
    const code = built(__dirname, (outputFolder) => {
      names.push(name);
      writeFileSync(join(outputFolder, "bootstrap"), name);
    });
    new LambdaFunction(new Stack(app, name), "Function", { code, runtime: Runtime.PROVIDED_AL2023, handler: "bootstrap" });
  }

  const { directory } = app.synth();

  const { files } = JSON.parse(readFileSync(join(directory, "selected.assets.json"), "utf8"));
  const folders = Object.values<{ source: { path: string; packaging: string } }>(files).filter(({ source }) => source.packaging === "zip");
  assert.deepEqual(names, ["selected"]);
  assert.ok(existsSync(join(directory, folders[0].source.path, "bootstrap")));
});

test("an unbuilt assembly cannot be published", () => {
  const { directory } = colonnade().app.synth();
  const { files } = JSON.parse(readFileSync(join(directory, "health-get.assets.json"), "utf8"));
  const code = Object.values<{ source: { executable?: string[] } }>(files).find((file) => file.source.executable);

  const [command, ...words] = code!.source.executable!;
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8" });

  assert.equal(status, 1);
  assert.equal(stderr, "health-get is not built: this is a test.\n");
});

test("a script that cannot be started names WSL", () => {
  assert.throws(() => runScript("scripts/missing.sh"), /Cannot run scripts\/missing\.sh: .*ENOENT.* On Windows, work in WSL\./);
});
