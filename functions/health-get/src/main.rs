//! `GET /health`: answers without the database.

use function::{Problem, Reply, Request, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    function::serve((), health).await
}

async fn health((): &(), _: &Request) -> Result<Reply, Problem> {
    Ok(Reply::ok(&Health { status: "ok" }))
}

/// The body of the answer.
#[derive(serde::Serialize)]
struct Health {
    status: &'static str,
}

#[cfg(test)]
mod tests;
