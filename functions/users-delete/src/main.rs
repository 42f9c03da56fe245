//! `DELETE /users/{userId}`: oneself, or anybody with the scope `users:write`.

use api::{Problem, Reply, Request};
use domain::UserId;
use store::{Database, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, delete).await?)
}

async fn delete(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:write")?;
    users.remove(&id, &request.expected()?).await?;
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests;
