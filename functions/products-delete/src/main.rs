//! `DELETE /products/{productId}`: one product; its SKU becomes free.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, delete).await?)
}

async fn delete(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let id = request.path("productId")?;
    products.remove(id, &request.expected()?).await?;
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests;
