//! `GET /orders`: the caller's orders, newest first.

use dynamodb::Database;
use function::{Query, Reply, Request};
use problem::Problem;
use store::Orders;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders = Orders::new(Database::connect().await?);
    Ok(function::serve(orders, list).await?)
}

async fn list(orders: &Orders, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let page = request.query(Query::page)?;
    Ok(request.page(&orders.list(&caller.id, &page).await?))
}

#[cfg(test)]
mod tests;
