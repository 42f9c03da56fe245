//! Every route in one function. API Gateway selects the route, and this function the handler by the route's key.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;

// The modules of the handlers, and `answer`.
include!(concat!(env!("OUT_DIR"), "/routes.rs"));

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(function::serve(Database::connect().await?, answer).await?)
}
