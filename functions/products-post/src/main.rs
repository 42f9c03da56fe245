//! `POST /products`: a new product with a unique SKU.

use domain::NewProduct;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, add).await?)
}

async fn add(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let new: NewProduct = request.json()?;
    let created = products.create(new, request.claim()?).await;
    let product = created.map_err(Problem::of_new_product)?;
    Ok(Reply::created("/products", &product.id, &product))
}

#[cfg(test)]
mod tests;
