//! `PATCH /products/{productId}`: all fields but the stock.

use domain::ProductChanges;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, patch).await?)
}

async fn patch(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let id = request.path("productId")?;
    let expected = request.expected()?;
    let changes: ProductChanges = request.merge_patch()?;
    let changed = products.change(id, &expected, &changes).await;
    Ok(Reply::item(&changed.map_err(Problem::of_changed_product)?))
}

#[cfg(test)]
mod tests;
