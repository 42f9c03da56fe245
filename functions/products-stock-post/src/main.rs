//! `POST /products/{productId}/stock`: `{ "delta": n }`; the stock never falls below zero.

use domain::Adjustment;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, adjust).await?)
}

async fn adjust(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let id = request.path("productId")?;
    let Adjustment { delta } = request.json()?;
    let product = products.adjust_stock(id, delta, request.claim()?).await?;
    Ok(Reply::changed(&product))
}

#[cfg(test)]
mod tests;
