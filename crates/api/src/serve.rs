//! From the event of an invocation to its answer, again and again.

use std::{cell::Cell, convert::Infallible, env, time::Instant};

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{LambdaEvent, service_fn};
use store::metered;

use crate::{
    Problem, Reply, Request,
    log::{self, Answered},
};

/// Why a function ended.
#[derive(Debug, thiserror::Error)]
#[error("the Lambda Runtime API failed")]
pub struct StartError(#[source] lambda_runtime::Error);

/// Answers the function's invocations with `handler`, one at a time, for as long as the execution
/// environment lives. `state` is what the handler needs and is made once.
///
/// # Errors
///
/// [`StartError`] when the Runtime API is out of reach.
pub async fn serve<S>(
    state: S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, Problem>,
) -> Result<(), StartError> {
    let scope_prefix = env::var("SCOPE_PREFIX").unwrap_or_default();
    let cold = Cell::new(true);
    let answer = async |event: LambdaEvent<ApiGatewayV2httpRequest>| -> Result<ApiGatewayV2httpResponse, Infallible> {
        let started = Instant::now();
        let request = Request::new(event.payload, &scope_prefix);
        let ((reply, problem), consumed) = metered(outcome(&state, &handler, &request)).await;
        log::write(&Answered {
            function: &event.context.env_config.function_name,
            invocation: &event.context.request_id,
            request: &request,
            status: reply.status,
            took: started.elapsed(),
            cold_start: cold.replace(false),
            consumed,
            problem: problem.as_ref(),
        });
        Ok(reply.into())
    };
    lambda_runtime::run(service_fn(answer))
        .await
        .map_err(StartError)
}

/// Answers one event as [`serve`] does, without a Lambda around it: what a function's tests call.
pub async fn respond<S>(
    state: &S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, Problem>,
    event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    outcome(state, &handler, &Request::new(event, ""))
        .await
        .0
        .into()
}

async fn outcome<S>(
    state: &S,
    handler: &impl AsyncFn(&S, &Request) -> Result<Reply, Problem>,
    request: &Request,
) -> (Reply, Option<Problem>) {
    // Boxed, or the compiler meets its depth limit in the layers of the SDK's futures.
    match Box::pin(handler(state, request)).await {
        Ok(reply) => (reply, None),
        Err(problem) => (problem.reply(request.id()), Some(problem)),
    }
}
