//! `POST /users`: the caller's profile, under the subject of their token.

use api::{Object, Problem, Reply, Request};
use domain::{NewUser, User};
use store::{Database, Receipting, Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::new(Database::connect().await?);
    Ok(api::serve(users, sign_up).await?)
}

async fn sign_up(users: &Users, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new = request.json(new_user)?;
    let created = |user: &User| Reply::created("/users", &user.id, user);
    let create = async |receipt: Receipting<'_, User>| {
        let created = users.create(caller.id.clone(), new.clone(), receipt).await;
        created.map_err(Problem::of_new_user)
    };
    request.once(&users.receipts(), created, create).await
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
