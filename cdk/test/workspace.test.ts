import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readWorkspace } from "../lib/workspace";
import { root } from "./colonnade";

test("the workspace has every function and table", () => {
  const { functions, tables } = readWorkspace(root);

  assert.ok(functions.some(({ trigger }) => trigger.kind === "http" && trigger.routeKey === "GET /health"));
  assert.equal(tables.idempotency.timeToLive, "expiresAt");
});

test("a wrong declaration has the same message as in cargo local", () => {
  const folder = mkdtempSync(join(tmpdir(), "colonnade-"));
  try {
    mkdirSync(join(folder, "functions/notes-get/src"), { recursive: true });
    writeFileSync(join(folder, "Cargo.toml"), '[workspace]\nresolver = "3"\nmembers = ["functions/*"]\n');
    writeFileSync(join(folder, "functions/notes-get/src/main.rs"), "fn main() {}\n");
    writeFileSync(
      join(folder, "functions/notes-get/Cargo.toml"),
      '[package]\nname = "notes-get"\ndescription = "Fetch."\nedition = "2024"\n' +
        '[package.metadata.route]\nmethod = "FETCH"\npath = "notes"\naccess = "token"\nmemry = 1\n',
    );
    const local = spawnSync("cargo", ["run", "--quiet", "--locked", "--package", "local", "--", "--manifest-path", join(folder, "Cargo.toml")], {
      cwd: root,
      encoding: "utf8",
    });

    assert.match(local.stderr, /unknown method "FETCH"/);
    assert.throws(() => readWorkspace(folder), { message: local.stderr.trim() });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
