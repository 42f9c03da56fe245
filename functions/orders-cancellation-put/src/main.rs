//! `PUT /orders/{orderId}/cancellation`: one's own; its units are back in stock once, however often it is called.

use api::{Problem, Reply, Request};
use store::{Database, Orders};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(api::serve(orders, cancel).await?)
}

async fn cancel(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let order = orders.cancel(&caller.id, request.path("orderId")?).await?;
    Ok(Reply::item(&order))
}

#[cfg(test)]
mod tests;
