//! `PUT /orders/{orderId}/cancellation`: cancels one of the caller's orders. Its units return to the stocks once.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Orders;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(function::serve(orders, cancel).await?)
}

async fn cancel(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let order = orders.cancel(&caller.id, request.path("orderId")?).await?;
    Ok(Reply::item(&order))
}

#[cfg(test)]
mod tests;
