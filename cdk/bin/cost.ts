// Prints the tables in docs/operations.md and docs/choosing.md: npm run cost
import { table, tableOfKinds, usual } from "../lib/cost";

console.log(`${table(usual, "arm64")}\n\n${tableOfKinds(usual, "arm64")}`);
