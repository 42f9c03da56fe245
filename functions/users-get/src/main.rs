//! `GET /users/{userId}`: oneself, or anybody with the scope `users:read`.

use api::{Problem, Reply, Request};
use domain::UserId;
use store::{Database, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, get).await?)
}

async fn get(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:read")?;
    let user = users.find(&id).await?.ok_or(Problem::NotFound)?;
    request.item(&user)
}

#[cfg(test)]
mod tests;
