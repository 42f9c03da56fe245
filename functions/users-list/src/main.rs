//! `GET /users`: all users, by page.

use dynamodb::Database;
use function::{Query, Reply, Request};
use problem::Problem;
use store::Users;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(function::serve(users, list).await?)
}

async fn list(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let page = request.query(Query::page)?;
    Ok(request.page(&users.list(&page).await?))
}

#[cfg(test)]
mod tests;
