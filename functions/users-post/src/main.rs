//! `POST /users`: the caller's profile, under the subject of their token.

use domain::NewUser;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::Users;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(function::serve(users, sign_up).await?)
}

async fn sign_up(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new: NewUser = request.json()?;
    let created = users.create(caller.id, new, request.claim()?).await;
    let user = created.map_err(Problem::of_new_user)?;
    Ok(Reply::created("/users", &user.id, &user))
}

#[cfg(test)]
mod tests;
