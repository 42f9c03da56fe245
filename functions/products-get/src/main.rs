//! `GET /products/{productId}`: one product.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, get).await?)
}

async fn get(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let product = products.find(request.path("productId")?).await?;
    Ok(request.item(&product.ok_or_else(Problem::not_found)?)?)
}

#[cfg(test)]
mod tests;
