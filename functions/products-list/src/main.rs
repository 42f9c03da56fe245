//! `GET /products`: all products, or with `?category=` those of one category.

use domain::Category;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Products;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(function::serve(products, list).await?)
}

async fn list(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let (category, page) =
        request.query(|query| (query.optional::<Category>("category"), query.page()))?;
    let found = match category {
        Some(category) => products.list_category(&category, &page).await?,
        None => products.list(&page).await?,
    };
    Ok(request.page(&found))
}

#[cfg(test)]
mod tests;
