// What `cdk` starts: the TypeScript app, or one line that says why it cannot start.
try {
  require("tsx/cjs");
} catch {
  console.error("The Node modules are missing. Run: cd cdk && npm ci");
  process.exit(1);
}
require("./app.ts");
