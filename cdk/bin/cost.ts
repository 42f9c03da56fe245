// Prints the table of docs/operations.md from prices.json: npm run cost
import { table, usual } from "../lib/cost";

console.log(table(usual, "arm64"));
