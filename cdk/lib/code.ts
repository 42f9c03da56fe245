import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AssetHashType, DockerImage, Stack } from "aws-cdk-lib";
import { Code, type CodeConfig } from "aws-cdk-lib/aws-lambda";
import { BUNDLING_STACKS } from "aws-cdk-lib/cx-api";
import type { Construct } from "constructs";
import type { Environment } from "./environment";
import { UserError } from "./user-error";

/**
 * Returns the code of each function, as `-c code=…` sets it.
 *
 * With `built`, the assembly can be deployed. With `unbuilt`, a synthesis takes seconds instead of the time that all
 * binaries take, and the assembly cannot be deployed. Without the setting, functions are built if Rust can build for the
 * architecture; otherwise a warning says what is missing, so that templates can be checked on any machine. CDK never
 * builds for `list` and `destroy`.
 */
export function codeOf(context: (key: string) => unknown, root: string, { architecture, profile }: Environment): (functionName: string) => Code {
  const setting = context("code");
  if (setting !== undefined && setting !== "built" && setting !== "unbuilt") {
    throw new UserError(`Invalid -c code=${String(setting)}. Use built, or unbuilt for an assembly that cannot be deployed.`);
  }
  if (setting === "unbuilt") return (name) => new Unbuilt(name, "this assembly was synthesized with -c code=unbuilt. Synthesize it without.");
  const target = targets[architecture];
  if (setting === undefined && !canBuildFor(target)) {
    const cure = `Run: rustup target add ${target} (or use another -c architecture=)`;
    const needsBinaries = (context(BUNDLING_STACKS) as string[] | undefined)?.length !== 0;
    if (needsBinaries) console.error(`Warning: the functions are not built, because Rust has no standard library for ${target}. ${cure}`);
    return (name) => new Unbuilt(name, `Rust had no standard library for ${target}. ${cure}`);
  }
  return (name) =>
    built(join(root, "functions", name), (outputFolder) => {
      runScript(join(root, "scripts/build.sh"), "--architecture", architecture, "--profile", profile, "--out", outputFolder, name);
    });
}

const targets = { arm64: "aarch64-unknown-linux-gnu", x86_64: "x86_64-unknown-linux-gnu" };

/** Returns whether Rust's standard library for a target is installed. */
function canBuildFor(target: string): boolean {
  const { status, stdout } = spawnSync("rustc", ["--print", "target-libdir", "--target", target], { encoding: "utf8" });
  return status === 0 && existsSync(stdout.trim());
}

/**
 * Returns the code of a function whose binary is built when CDK synthesizes its stack for a command that needs it. The
 * asset's hash is that of the binary, so an unchanged function is not deployed again.
 */
export function built(folder: string, build: (outputFolder: string) => void): Code {
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("never-used"),
      local: {
        tryBundle(outputFolder) {
          try {
            build(outputFolder);
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
            // CDK would wrap the error and print a stack trace.
            console.error(error.message);
            process.exit(1);
          }
          return true;
        },
      },
    },
  });
}

/** Runs a script that prints its own errors. Fails if the script cannot be started or fails. */
export function runScript(script: string, ...args: string[]): void {
  const { error, status } = spawnSync(script, args, { stdio: ["ignore", 2, 2] });
  if (error) throw new UserError(`Cannot run ${script}: ${error.message}. On Windows, work in WSL.`);
  if (status !== 0) throw new UserError(`${script} failed.`);
}

/** The code of a function whose binary has not been built. Publishing it fails, before anything is deployed. */
export class Unbuilt extends Code {
  readonly isInline = false;

  constructor(
    private readonly functionName: string,
    private readonly reason: string,
  ) {
    super();
  }

  override bind(scope: Construct): CodeConfig {
    const message = `${this.functionName} is not built: ${this.reason}`;
    const { bucketName, objectKey } = Stack.of(scope).synthesizer.addFileAsset({
      executable: ["node", "-e", `console.error(${JSON.stringify(message)}); process.exit(1)`],
      sourceHash: `unbuilt-${this.functionName}`,
    });
    return { s3Location: { bucketName, objectKey } };
  }
}
