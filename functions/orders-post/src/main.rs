//! `POST /orders`: 1 to 50 lines at the prices of this moment; all units are reserved or none.

use api::{Object, Problem, Reply, Request};
use domain::{InvalidOrder, NewLine, NewOrder, Order};
use store::{Database, Orders, Receipting};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(api::serve(orders, place).await?)
}

async fn place(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new = request.json(new_order)?;
    let created = |order: &Order| Reply::created("/orders", &order.id, order);
    let place =
        async |receipt: Receipting<'_, Order>| Ok(orders.place(&caller.id, &new, receipt).await?);
    request.once(&orders.receipts(), created, place).await
}

fn new_order(body: &mut Object) -> Option<NewOrder> {
    let lines = body.required_list("items", new_line)?;
    let place = match NewOrder::try_from(lines) {
        Ok(order) => return Some(order),
        Err(error @ InvalidOrder::Size) => ("/items".to_owned(), error),
        Err(error @ InvalidOrder::Repeated(line)) => (format!("/items/{line}/productId"), error),
    };
    body.refuse(&place.0, place.1);
    None
}

fn new_line(body: &mut Object) -> Option<NewLine> {
    let (product_id, quantity) = (body.required("productId"), body.required("quantity"));
    Some(NewLine {
        product_id: product_id?,
        quantity: quantity?,
    })
}

#[cfg(test)]
mod tests;
