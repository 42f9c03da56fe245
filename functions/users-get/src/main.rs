//! `GET /users/{userId}`: the caller's own profile, or any with the scope `users:read`.

use domain::UserId;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Users;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(function::serve(users, get).await?)
}

async fn get(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:read")?;
    let user = users.find(&id).await?.ok_or_else(Problem::not_found)?;
    Ok(request.item(&user)?)
}

#[cfg(test)]
mod tests;
