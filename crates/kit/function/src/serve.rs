//! Serves the invocations of a function.

use std::{
    cell::Cell,
    convert::Infallible,
    env,
    error::Error,
    pin::Pin,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use dynamodb::metered;
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{
    Describe, Event, Problem, Reply, Request,
    cors_headers::CorsHeaders,
    log::{self, Answered},
    problem::{self, DeadlineReached},
};

/// The function cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the Lambda Runtime API failed")]
    Runtime(#[source] lambda_runtime::Error),
    #[error("the environment variable CORS does not have the CORS settings as JSON")]
    Cors(#[source] serde_json::Error),
}

/// The time before its deadline at which an invocation is answered at the latest, so that the answer
/// and the log line are written before Lambda ends the execution environment.
const MARGIN: Duration = Duration::from_millis(250);

/// A handler with its state, whatever their types.
trait Handler {
    /// Answers a request within `time_left`. The error is the reason of a refusal, for the log.
    fn handle<'a>(&'a self, request: &'a Request, time_left: Duration) -> Handled<'a>;
}

type Handled<'a> = Pin<Box<dyn Future<Output = (Reply, Option<Box<dyn Error>>)> + 'a>>;

struct Stateful<S, H> {
    state: S,
    handler: H,
}

impl<S, P, H> Handler for Stateful<S, H>
where
    P: Describe,
    H: AsyncFn(&S, &Request) -> Result<Reply, P>,
{
    fn handle<'a>(&'a self, request: &'a Request, time_left: Duration) -> Handled<'a> {
        Box::pin(async move {
            let (reply, problem) = outcome(&self.state, &self.handler, request, time_left).await;
            (reply, problem.map(|problem| Box::new(problem) as _))
        })
    }
}

/// Answers the function's invocations with `handler`, one at a time, until the execution environment
/// ends. `state` is what the handler needs and is made once. An invocation that is not answered a
/// quarter of a second before its deadline is answered with a 503. Otherwise Lambda would end the
/// execution environment and answer without a problem document.
///
/// # Errors
///
/// [`StartError`] when the Runtime API fails, or the environment has invalid CORS settings.
pub async fn serve<S, P: Describe>(
    state: S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, P>,
) -> Result<(), StartError> {
    serve_handler(&Stateful { state, handler }).await
}

/// Compiled once, in this crate. A generic or an `async` function would be compiled again with each Lambda function.
fn serve_handler(
    handler: &dyn Handler,
) -> Pin<Box<dyn Future<Output = Result<(), StartError>> + '_>> {
    Box::pin(async move {
        let scope_prefix = env::var("SCOPE_PREFIX").unwrap_or_default();
        let cors = CorsHeaders::from_environment().map_err(StartError::Cors)?;
        let cold = Cell::new(true);
        let service = async |event| -> Result<ApiGatewayProxyResponse, Infallible> {
            Ok(answer(event, handler, &scope_prefix, &cors, cold.replace(false)).await)
        };
        lambda_runtime::run(service_fn(service))
            .await
            .map_err(StartError::Runtime)
    })
}

/// Answers an invocation, and writes its line to the log.
async fn answer(
    event: LambdaEvent<Event>,
    handler: &dyn Handler,
    scope_prefix: &str,
    cors: &CorsHeaders,
    cold_start: bool,
) -> ApiGatewayProxyResponse {
    let started = Instant::now();
    let request = Request::new(event.payload, scope_prefix);
    let handled = handler.handle(&request, time_left(event.context.deadline));
    let ((reply, problem), consumed) = metered(handled).await;
    log::write(&Answered {
        function: &event.context.env_config.function_name,
        version: &event.context.env_config.version,
        invocation: &event.context.request_id,
        request: &request,
        status: reply.status,
        took: started.elapsed(),
        cold_start,
        consumed,
        problem: problem.as_deref(),
    });
    let mut response = reply.into_response(|| request.base_path());
    cors.add_to(&mut response.headers, request.header("origin"));
    response
}

/// Answers one event as [`serve`] does, without Lambda. For a function's tests.
pub async fn respond<S, P: Describe>(
    state: &S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, P>,
    event: Event,
) -> ApiGatewayProxyResponse {
    let request = Request::new(event, "");
    let (reply, _) = outcome(state, &handler, &request, Duration::MAX).await;
    reply.into_response(|| request.base_path())
}

/// The time that the handler has, if the invocation's deadline is `deadline`, in milliseconds since
/// 1970.
fn time_left(deadline: u64) -> Duration {
    let deadline = UNIX_EPOCH + Duration::from_millis(deadline);
    deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default()
        .saturating_sub(MARGIN)
}

async fn outcome<S, P: Describe>(
    state: &S,
    handler: &impl AsyncFn(&S, &Request) -> Result<Reply, P>,
    request: &Request,
    time_left: Duration,
) -> (Reply, Option<P>) {
    let handled = tokio::time::timeout(time_left, handler(state, request)).await;
    match handled.unwrap_or_else(|_| Err(Problem::Unavailable(DeadlineReached.into()).into())) {
        Ok(reply) => (reply, None),
        Err(problem) => (problem::reply(&problem, request.id()), Some(problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_past_its_deadline_is_a_503() {
        let deadline = SystemTime::now() + MARGIN + Duration::from_millis(20);
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
        let request = Request::new(Event::default(), "");
        let never = async |(): &(), _: &Request| std::future::pending::<Result<_, Problem>>().await;

        let left = time_left(deadline.try_into().unwrap());
        let (reply, problem) = outcome(&(), &never, &request, left).await;

        let response = reply.into_response(String::new);
        assert_eq!(response.status_code, 503);
        assert_eq!(response.headers["retry-after"], "1");
        assert!(matches!(problem, Some(Problem::Unavailable(_))));
    }

    #[test]
    fn a_past_deadline_leaves_no_time() {
        assert_eq!(time_left(0), Duration::ZERO);
    }
}
