//! `GET /health`: answers without the database.

use api::{Problem, Reply, Request, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    api::serve((), health).await
}

async fn health((): &(), _: &Request) -> Result<Reply, Problem> {
    Ok(Reply::ok(&Health { status: "ok" }))
}

/// What the route answers.
#[derive(serde::Serialize)]
struct Health {
    status: &'static str,
}

#[cfg(test)]
mod tests;
