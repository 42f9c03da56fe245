// Prints the table in docs/operations.md: npm run cost
import { table, usual } from "../lib/cost";

console.log(table(usual, "arm64"));
