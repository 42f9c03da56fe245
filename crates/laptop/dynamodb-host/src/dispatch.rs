//! A DynamoDB request from its headers and body to its response: authorization, faults, execution.

use std::sync::Arc;

use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::{HeaderMap, Response};
use http_body_util::Full;

use crate::{
    callers::{Caller, Callers, FunctionCaller, Scope},
    denials::Denials,
    dynamodb_call::{Call, ParseError},
    fault_settings::Fault,
    faults::{Fate, Faults},
    index_lag::IndexLag,
    required_actions::{RequiredAction, required_actions},
    responses,
    unconditional::ignore_conditions,
};

type Answer = Response<Full<Bytes>>;

/// An injected fault ends the connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("an injected fault ends the connection")]
pub(crate) struct ConnectionCut;

pub(crate) struct Dispatcher {
    database: Database,
    callers: Arc<Callers>,
    denials: Denials,
    faults: Faults,
    index_lag: Arc<IndexLag>,
}

impl Dispatcher {
    pub(crate) fn new(
        database: Database,
        callers: Arc<Callers>,
        denials: Denials,
        faults: Faults,
    ) -> Self {
        Self {
            database,
            callers,
            denials,
            faults,
            index_lag: Arc::default(),
        }
    }

    /// Responds to a request. Fails if an injected fault ends the connection.
    pub(crate) async fn respond(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Answer, ConnectionCut> {
        let Some(operation) = operation(headers) else {
            return Ok(responses::unknown_operation());
        };
        let Some(scope) = Scope::of(headers) else {
            return Ok(responses::no_credentials());
        };
        let Some(caller) = self.callers.find(scope.access_key_id) else {
            return Ok(responses::unknown_credentials());
        };
        let call = Call::parse(operation, body);
        match &*caller {
            Caller::Owner => match call {
                Ok(call) => {
                    let result = self.execute(call, &Fate::default()).await;
                    Ok(responses::of_engine(result))
                }
                Err(ParseError::UnknownOperation) => Ok(responses::unknown_operation()),
                Err(ParseError::Body(error)) => Ok(responses::of_engine(Err(error))),
            },
            Caller::Function(function) => {
                let denied = |action, resource| {
                    self.denials
                        .report(&function.name, action, resource, headers);
                    responses::denied(&function.name, scope.region, action, resource)
                };
                let call = match call {
                    Ok(call) => call,
                    Err(ParseError::UnknownOperation) => return Ok(denied(operation, None)),
                    Err(ParseError::Body(error)) => return Ok(responses::of_engine(Err(error))),
                };
                let Some(required) = required_actions(&call) else {
                    return Ok(denied(operation, None));
                };
                if let Err(RequiredAction { action, resource }) = function.authorize(&required) {
                    return Ok(denied(action.as_str(), Some(resource)));
                }
                self.respond_with_faults(function, call, required).await
            }
        }
    }

    /// Executes a permitted call of a function, unless an injected fault prevents it.
    async fn respond_with_faults(
        &self,
        function: &FunctionCaller,
        mut call: Call,
        required: Vec<RequiredAction>,
    ) -> Result<Answer, ConnectionCut> {
        let fate = self.faults.fate(can_conflict(&call), token(&call));
        let response = match fate.fault {
            Some(Fault::Drop) => return Err(ConnectionCut),
            Some(Fault::Throttle) => responses::throttled(),
            Some(Fault::Error) => responses::internal_error(),
            Some(Fault::Conflict) => match items(&call) {
                Some(items) if items > 0 => responses::cancelled(items, fate.chance % items),
                _ => responses::conflict(),
            },
            _ => {
                function.record(required);
                if fate.unconditional && ignore_conditions(&mut call) {
                    self.faults.count(Fault::Unconditional);
                }
                responses::of_engine(self.execute(call, &fate).await)
            }
        };
        if let Some(delay) = fate.delay {
            tokio::time::sleep(delay).await;
        }
        match fate.fault {
            Some(Fault::LoseAnswer) => Err(ConnectionCut),
            _ => Ok(response),
        }
    }

    /// Executes a call on a thread that may block.
    async fn execute(&self, call: Call, fate: &Fate) -> Result<Vec<u8>, DynoxideError> {
        let (database, faults) = (self.database.clone(), self.faults.clone());
        let (index_lag, is_stale) = (Arc::clone(&self.index_lag), fate.stale_index);
        let executed = tokio::task::spawn_blocking(move || match faults.index_lag() {
            None => call.execute(&database),
            Some(_) if !is_stale && call.is_read() => call.execute(&database),
            Some(lag) => {
                let (result, was_stale) = index_lag.execute(call, &database, lag);
                if was_stale {
                    faults.count(Fault::StaleIndex);
                }
                result
            }
        });
        match executed.await {
            Ok(result) => result,
            Err(error) => Err(DynoxideError::InternalServerError(error.to_string())),
        }
    }
}

/// Returns `PutItem` of `DynamoDB_20120810.PutItem`.
fn operation(headers: &HeaderMap) -> Option<&str> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    target.strip_prefix("DynamoDB_20120810.")
}

/// Returns whether DynamoDB refuses the call on an item of a transaction that is in progress.
fn can_conflict(call: &Call) -> bool {
    matches!(
        call,
        Call::PutItem(_)
            | Call::UpdateItem(_)
            | Call::DeleteItem(_)
            | Call::TransactWriteItems(_)
            | Call::TransactGetItems(_)
    )
}

/// Returns the token by which DynamoDB recognizes a repeated transaction.
fn token(call: &Call) -> Option<&str> {
    match call {
        Call::TransactWriteItems(call) => call.client_request_token.as_deref(),
        _ => None,
    }
}

/// Returns the number of items of a transaction.
fn items(call: &Call) -> Option<usize> {
    match call {
        Call::TransactGetItems(call) => Some(call.transact_items.len()),
        Call::TransactWriteItems(call) => Some(call.transact_items.len()),
        _ => None,
    }
}
