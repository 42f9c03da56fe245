import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./colonnade";

const files = ["README.md", "docs/operations.md", "scripts/new-route.sh", ".github/workflows/deploy.yml"];
// shop: begin
files.push("docs/guide.md");
// shop: end

test("every documented CDK command names its environment", () => {
  const commands = files.flatMap((file) => {
    // In prose, a command may continue on the next line.
    const text = readFileSync(join(root, file), "utf8").replaceAll("\\\n", " ").replaceAll(/`[^`]*`/g, (code) => code.replaceAll("\n", " "));
    return [...text.matchAll(/npx cdk (deploy|destroy|diff|drift|list|synth)\b[^`\n&#]*/g)].map(([command]) => `${file}: ${command.trim()}`);
  });

  // An assembly was synthesized for one environment.
  const without = commands.filter((command) => !/-c "?env=/.test(command) && !command.includes("--app cdk.out"));
  assert.ok(commands.length > 10, "no commands found");
  assert.deepEqual(without, []);
});

test("the pipeline's credentials and time limit fit the longest rollout", () => {
  const workflow = readFileSync(join(root, ".github/workflows/deploy.yml"), "utf8");
  const number = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(workflow)![1]);

  const longestRollout = 100;
  assert.ok(number("role-duration-seconds") / 60 > longestRollout + 30);
  assert.ok(number("timeout-minutes") > number("role-duration-seconds") / 60);
});

test("the pipeline builds before it takes credentials", () => {
  const workflow = readFileSync(join(root, ".github/workflows/deploy.yml"), "utf8");

  assert.ok(workflow.indexOf("cdk synth") < workflow.indexOf("configure-aws-credentials"));
});
