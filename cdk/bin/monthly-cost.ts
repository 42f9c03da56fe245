// Prints the tables of costs in docs/scale.md as JSON, by name. scripts/scale.sh writes them into the document.
import { tablesOfShop } from "../lib/monthly-cost-tables";

console.log(JSON.stringify(tablesOfShop("arm64"), null, 2));
