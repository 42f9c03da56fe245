/** What the tests get from `scripts/contract.sh`. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run the tests by scripts/contract.sh`);
  return value;
}

/** The URL of the running front door. */
export const apiUrl = variable("API_URL");

/** Where screenshots are kept. */
export const screenshots = `${root}/target/contract/screenshots`;

interface Operation {
  tags: string[];
  security?: Record<string, string[]>[];
}

/** The OpenAPI document. */
export const document: { info: { title: string }; paths: Record<string, Record<string, Operation | undefined>> } =
  JSON.parse(readFileSync(`${root}/openapi.json`, "utf8"));

/** Returns a token of the development issuer. */
export function token(subject: string, scope = ""): string {
  const command = ["token", "--sub", subject, "--scope", scope];
  return execFileSync(variable("CARGO_LOCAL"), command, { cwd: root, encoding: "utf8" }).trim();
}
