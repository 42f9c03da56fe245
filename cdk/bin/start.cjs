// Runs a TypeScript app of this folder, app.ts unless another is named. A mistake of the user is one line, without a
// stack trace.
//   node bin/start.cjs
//   node bin/start.cjs deployment-role
try {
  require("tsx/cjs");
} catch {
  console.error("The Node modules are missing. Run: cd cdk && npm ci");
  process.exit(1);
}
const { UserError } = require("../lib/user-error.ts");

try {
  require(`./${process.argv[2] ?? "app"}.ts`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}
