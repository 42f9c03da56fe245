//! `DELETE /products/{productId}`: one product; its SKU is free again.

use api::{Problem, Reply, Request};
use store::{Database, Products};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(api::serve(products, delete).await?)
}

async fn delete(products: &Products, request: &Request) -> Result<Reply, Problem> {
    products
        .remove(request.path("productId")?, &request.expected()?)
        .await?;
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests;
