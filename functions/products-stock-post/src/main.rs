//! `POST /products/{productId}/stock`: `{ "delta": n }`, never below zero.

use api::{Object, Problem, Reply, Request};
use domain::{Delta, Product};
use store::{Database, Products, Receipting};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(api::serve(products, adjust).await?)
}

async fn adjust(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let id = request.path("productId")?;
    let delta: Delta = request.json(|body: &mut Object| body.required("delta"))?;
    let adjust = async |receipt: Receipting<'_, Product>| {
        Ok(products.adjust_stock(id, delta, receipt).await?)
    };
    request
        .once(&products.receipts(), Reply::item, adjust)
        .await
}

#[cfg(test)]
mod tests;
