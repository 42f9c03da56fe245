//! `PATCH /products/{productId}`: everything but the stock.

use api::{Object, Problem, Reply, Request};
use domain::{PriceChanges, ProductChanges};
use store::{Database, Products};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(api::serve(products, patch).await?)
}

async fn patch(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let id = request.path("productId")?;
    let expected = request.expected()?;
    let changes = request.merge_patch(changes)?;
    let product = products
        .change(id, &expected, changes)
        .await
        .map_err(Problem::of_changed_product)?;
    Ok(Reply::item(&product))
}

fn changes(body: &mut Object) -> Option<ProductChanges> {
    Some(ProductChanges {
        sku: body.change("sku"),
        name: body.change("name"),
        category: body.change("category"),
        price: body.change_object("price", price).unwrap_or_default(),
        description: body.nullable("description"),
    })
}

fn price(body: &mut Object) -> Option<PriceChanges> {
    Some(PriceChanges {
        amount: body.change("amount"),
        currency: body.change("currency"),
    })
}

#[cfg(test)]
mod tests;
