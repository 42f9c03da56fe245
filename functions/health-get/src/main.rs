//! `GET /health`: answers without the database.

use function::{Health, Problem, Reply, Request, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    function::serve((), health).await
}

async fn health((): &(), _: &Request) -> Result<Reply, Problem> {
    Ok(Reply::ok(&Health::OK))
}

#[cfg(test)]
mod tests;
