// Reads the Cargo workspace, the context and the command of `cdk`, and adds the stacks. No other file reads these.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { Unbuilt, built } from "../lib/code";
import { readEnvironment } from "../lib/environment";
import { UserError } from "../lib/user-error";
import { addStacks } from "../lib/stacks";
import { readWorkspace } from "../lib/workspace";

const root = resolve(__dirname, "../..");

try {
  const app = new App();
  const environment = readEnvironment((key) => app.node.tryGetContext(key));
  const workspace = readWorkspace(root);
  const { architecture, profile } = environment;
  const build = (name: string) => (folder: string) => run("scripts/build.sh", "--architecture", architecture, "--profile", profile, "--out", folder, name);
  const wantsBinaries = !["synth", "synthesize", "list", "ls"].includes(cdkCommand());
  addStacks(app, {
    environment,
    workspace,
    code: (name) => (wantsBinaries ? built(join(root, "functions", name), build(name)) : new Unbuilt(name)),
  });
  app.synth();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/** Runs one of the repository's scripts. Exits if it fails, after its error message. */
function run(script: string, ...args: string[]): void {
  const { status } = spawnSync(join(root, script), args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(1);
}

/**
 * Returns the command after `cdk`, or "" if it is unknown; then the binaries are built. `cdk synth` does not need the
 * binaries, which take a quarter of an hour to build, but `cdk` passes the same context to the app for `synth` and for
 * `deploy`. So the command is read from the command line of the parent process.
 */
function cdkCommand(): string {
  let pid = String(process.ppid);
  // There may be a shell between `cdk` and this process.
  for (let generation = 0; generation < 2; generation++) {
    const [parent, ...words] = ancestor(pid);
    const cdk = words.findIndex((word) => basename(word) === "cdk");
    const command = words.slice(cdk + 1).find((word) => /^[a-z]+$/.test(word));
    if (cdk >= 0 && command) return command;
    pid = parent ?? "";
  }
  return "";
}

/** Returns the parent and the command line of a process. */
function ancestor(pid: string): string[] {
  if (existsSync(`/proc/${pid}/cmdline`)) {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
    return [parent, ...readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")];
  }
  const ps = spawnSync("ps", ["-o", "ppid=,args=", "-p", pid], { encoding: "utf8" });
  return (ps.stdout ?? "").trim().split(/\s+/);
}
