//! `GET /orders/{orderId}`: one of the caller's orders.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Orders;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(function::serve(orders, get).await?)
}

async fn get(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let order = orders.find(&caller.id, request.path("orderId")?).await?;
    Ok(request.item(&order.ok_or_else(Problem::not_found)?)?)
}

#[cfg(test)]
mod tests;
