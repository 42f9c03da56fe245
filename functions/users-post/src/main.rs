//! `POST /users`: the caller's profile, under the subject of their token.

use api::{Object, Problem, Reply, Request};
use domain::NewUser;
use store::{Database, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, sign_up).await?)
}

async fn sign_up(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new = request.json(new_user)?;
    let user = users
        .create(caller.id, new)
        .await
        .map_err(Problem::of_new_user)?;
    Ok(Reply::created("/users", &user.id, &user))
}

fn new_user(body: &mut Object) -> Option<NewUser> {
    let (email, name) = (body.required("email"), body.required("name"));
    Some(NewUser {
        email: email?,
        name: name?,
    })
}

#[cfg(test)]
mod tests;
