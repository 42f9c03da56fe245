//! `PATCH /users/{userId}`: oneself, or anybody with the scope `users:write`.

use api::{Object, Problem, Reply, Request};
use domain::{UserChanges, UserId};
use store::{Database, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, patch).await?)
}

async fn patch(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let id: UserId = request.path("userId")?;
    request.caller()?.must_be(&id, "users:write")?;
    let expected = request.expected()?;
    let changes = request.merge_patch(changes)?;
    let user = users
        .change(&id, &expected, changes)
        .await
        .map_err(Problem::of_changed_user)?;
    Ok(Reply::item(&user))
}

fn changes(body: &mut Object) -> Option<UserChanges> {
    Some(UserChanges {
        email: body.change("email"),
        name: body.change("name"),
    })
}

#[cfg(test)]
mod tests;
