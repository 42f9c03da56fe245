//! `PATCH /users/{userId}`: the caller's own profile, or any with the scope `users:write`.

use domain::{UserChanges, UserId};
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Users;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(function::serve(users, patch).await?)
}

async fn patch(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:write")?;
    let expected = request.expected()?;
    let changes: UserChanges = request.merge_patch()?;
    let changed = users.change(&id, &expected, &changes).await;
    Ok(Reply::item(&changed.map_err(Problem::of_changed_user)?))
}

#[cfg(test)]
mod tests;
