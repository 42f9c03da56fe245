//! `GET /field-notes`: the caller's field notes, newest first.

use dynamodb::Database;
use function::{Query, Reply, Request};
use problem::Problem;
use store::FieldNotes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let field_notes = FieldNotes::new(Database::connect().await?);
    Ok(function::serve(field_notes, list).await?)
}

async fn list(field_notes: &FieldNotes, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let page = request.query(Query::page)?;
    Ok(request.page(&field_notes.list(&caller.id, &page).await?))
}

#[cfg(test)]
mod tests;
