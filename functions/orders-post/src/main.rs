//! `POST /orders`: 1 to 50 lines at the current prices; all units are reserved or none.

use domain::NewOrder;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Orders;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(function::serve(orders, place).await?)
}

async fn place(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new: NewOrder = request.json()?;
    let placed = orders.place(&caller.id, &new, request.claim()?).await?;
    Ok(Reply::created("/orders", &placed.id, &placed))
}

#[cfg(test)]
mod tests;
