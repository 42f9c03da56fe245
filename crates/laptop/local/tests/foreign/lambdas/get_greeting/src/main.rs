use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

async fn greet(request: Request) -> Result<Response<Body>, Error> {
    let path = request.path_parameters();
    let name = path.first("name").unwrap_or("nobody");
    let query = request.query_string_parameters();
    let word = query.first("word").unwrap_or("hello");
    Ok(Response::builder()
        .header("content-type", "text/plain")
        .body(Body::from(format!("{word} {name}")))?)
}
