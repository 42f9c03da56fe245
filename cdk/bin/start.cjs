// Starts the TypeScript app, or prints one line if the Node modules are missing.
try {
  require("tsx/cjs");
} catch {
  console.error("The Node modules are missing. Run: cd cdk && npm ci");
  process.exit(1);
}
require("./app.ts");
