//! `POST /products`: a new product, its SKU unique.

use api::{Object, Problem, Reply, Request};
use domain::{Money, NewProduct, Product};
use store::{Database, Products, Receipting};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products = Products::new(Database::connect().await?);
    Ok(api::serve(products, add).await?)
}

async fn add(products: &Products, request: &Request) -> Result<Reply, Problem> {
    let new = request.json(new_product)?;
    let created = |product: &Product| Reply::created("/products", &product.id, product);
    let create = async |receipt: Receipting<'_, Product>| {
        let created = products.create(new.clone(), receipt).await;
        created.map_err(Problem::of_new_product)
    };
    request.once(&products.receipts(), created, create).await
}

fn new_product(body: &mut Object) -> Option<NewProduct> {
    let (sku, name, category) = (
        body.required("sku"),
        body.required("name"),
        body.required("category"),
    );
    let (price, stock) = (body.required_object("price", money), body.required("stock"));
    let description = body.optional("description");
    Some(NewProduct {
        sku: sku?,
        name: name?,
        category: category?,
        price: price?,
        stock: stock?,
        description,
    })
}

fn money(body: &mut Object) -> Option<Money> {
    let (amount, currency) = (body.required("amount"), body.required("currency"));
    Some(Money {
        amount: amount?,
        currency: currency?,
    })
}

#[cfg(test)]
mod tests;
