//! `GET /users`: all users, a page at a time.

use api::{Problem, Query, Reply, Request};
use store::{Database, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, list).await?)
}

async fn list(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let page = request.query(Query::page)?;
    Ok(request.page(&users.list(&page).await?))
}

#[cfg(test)]
mod tests;
