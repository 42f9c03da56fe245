//! `GET /products/{productId}`: one product.

use api::{Problem, Reply, Request};
use store::{Database, Products};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(api::serve(products, get).await?)
}

async fn get(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let product = products
        .find(request.path("productId")?)
        .await?
        .ok_or(Problem::NotFound)?;
    request.item(&product)
}

#[cfg(test)]
mod tests;
