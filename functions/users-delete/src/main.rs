//! `DELETE /users/{userId}`: the caller's own profile, or any with the scope `users:write`.

use domain::UserId;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Users;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(function::serve(users, delete).await?)
}

async fn delete(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:write")?;
    users.remove(&id, &request.expected()?).await?;
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests;
