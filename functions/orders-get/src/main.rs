//! `GET /orders/{orderId}`: one's own.

use api::{Problem, Reply, Request};
use store::{Database, Orders};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(api::serve(orders, get).await?)
}

async fn get(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let order = orders.find(&caller.id, request.path("orderId")?).await?;
    request.item(&order.ok_or(Problem::NotFound)?)
}

#[cfg(test)]
mod tests;
