import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { Refusal } from "./refusal";

/** The resolved workspace, as `cargo run -p manifest -- describe` prints it. Its README documents the format. */
export interface Workspace {
  version: number;
  root: string;
  functions: LambdaFunction[];
  tables: Record<string, Table>;
}

/** One function: folder, package, binary, Lambda function and stack have its name. */
export interface LambdaFunction {
  name: string;
  description: string;
  trigger: HttpTrigger;
  /** The DynamoDB actions it may call, by table (`users`) or index (`products/by-category`). */
  permissions: Record<string, string[]>;
  /** The tables it uses, by the environment variable that names each. */
  tables: Record<string, string>;
  memory: number;
  timeout: number;
  reservedConcurrency: number | null;
}

export interface HttpTrigger {
  kind: "http";
  routeKey: string;
  /** `null` for the route `$default`. */
  method: string | null;
  path: string | null;
  access: { kind: "public" } | { kind: "token"; scopes: string[] } | { kind: "iam" };
  throttle: Throttle | null;
  payloadFormat: "1.0" | "2.0";
}

export type Throttle = { rate: number; burst: number };

export interface Key {
  name: string;
  type: "S" | "N" | "B";
}

export interface Table {
  partitionKey: Key;
  sortKey: Key | null;
  timeToLive: string | null;
  indexes: Record<string, { partitionKey: Key; sortKey: Key | null }>;
}

/** A function that an HTTP route triggers: so far, every function. */
export type Route = LambdaFunction;

/** The scopes that the routes ask for. */
export function scopesOf(routes: Route[]): string[] {
  const scopes = routes.flatMap(({ trigger }) => (trigger.access.kind === "token" ? trigger.access.scopes : []));
  return [...new Set(scopes)].sort();
}

/** Reads the workspace whose root is `folder`. */
export function readWorkspace(folder: string): Workspace {
  const reader = resolve(__dirname, "../..");
  const words = ["run", "--quiet", "--locked", "--package", "manifest", "--", "describe", "--manifest-path", join(folder, "Cargo.toml")];
  const { error, status, stdout, stderr } = spawnSync("cargo", words, { cwd: reader, encoding: "utf8", maxBuffer: 1 << 28 });
  if (error) throw new Refusal("cargo is missing. Install Rust as https://rustup.rs says.");
  if (status !== 0) throw new Refusal(stderr.trim());
  const workspace = JSON.parse(stdout) as Workspace;
  if (workspace.version !== 1) throw new Refusal(`The workspace is described in version ${workspace.version}, and this app reads version 1.`);
  return workspace;
}
