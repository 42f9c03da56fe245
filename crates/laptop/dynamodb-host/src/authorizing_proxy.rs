//! The listener that callers see: it asks who calls and what for, and passes on what is permitted,
//! unless a fault is due.
//!
//! Each connection has one of its own to the engine, so that passing on costs no more than the
//! second hop.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header::CONTENT_LENGTH, request::Parts};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, client::conn::http1::SendRequest, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use crate::{
    admin,
    callers::{Caller, Callers, Scope},
    faults::{Fate, Fault, Faults},
    required_actions::{Unclear, demands, items_of_transaction, token_of_transaction},
    responses,
    unconditional::without_conditions,
};

/// DynamoDB takes bodies up to 16 MB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

type Answer = Response<Either<Full<Bytes>, Incoming>>;

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

/// Serves callers for as long as the runtime lives, and says where.
pub(crate) async fn serve(
    engine: SocketAddr,
    callers: Arc<Callers>,
    faults: Faults,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            // Accepting fails for one caller, or for want of file descriptors, which come back.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::task::yield_now().await;
                continue;
            };
            let door = Door {
                engine,
                callers: Arc::clone(&callers),
                faults: faults.clone(),
                onward: Mutex::new(None),
            };
            tokio::spawn(door.serve(stream));
        }
    });
    Ok(address)
}

/// One caller's connection.
struct Door {
    engine: SocketAddr,
    callers: Arc<Callers>,
    faults: Faults,
    onward: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Door {
    async fn serve(self, stream: TcpStream) {
        // Without this, an answer in two pieces waits for the caller's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let door = &self;
        let service = service_fn(move |request| door.answer(request));
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks concerns nobody but its caller, who notices.
        let _ = connection.await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Cut> {
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Ok(responses::too_large().map(Either::Left));
            }
            Err(_) => return Ok(responses::unreadable().map(Either::Left)),
        };
        if head.uri.path() == admin::PATH {
            return Ok(admin::answer(&self.faults, &head, &body).map(Either::Left));
        }
        let mut fate = Fate::default();
        if head.method == Method::POST {
            let operation = operation(&head.headers);
            match self.permit(&head.headers, operation, &body) {
                Ok(caller) if caller.permissions.is_some() => {
                    let conflicts = operation.is_some_and(meets_transactions);
                    fate = self.faults.fate(conflicts, || token_of_transaction(&body));
                }
                Ok(_) => {}
                Err(refusal) => return Ok(refusal.map(Either::Left)),
            }
        }
        let answer = match fate.fault {
            Some(Fault::Drop) => return Err(Cut),
            Some(Fault::Throttle) => responses::throttled().map(Either::Left),
            Some(Fault::Error) => responses::failed().map(Either::Left),
            Some(Fault::Conflict) => match items_of_transaction(&body) {
                0 => responses::conflict().map(Either::Left),
                items => responses::cancelled(items, fate.chance % items).map(Either::Left),
            },
            _ => self
                .pass_on(self.asked(head, body, &fate))
                .await
                .map_or_else(
                    |_| responses::failed().map(Either::Left),
                    |answer| answer.map(Either::Right),
                ),
        };
        if let Some(delay) = fate.delay {
            tokio::time::sleep(delay).await;
        }
        match fate.fault {
            Some(Fault::LoseAnswer) => Err(Cut),
            _ => Ok(answer),
        }
    }

    /// What the engine is asked for: all of it, or all but its conditions.
    fn asked(&self, mut head: Parts, body: Bytes, fate: &Fate) -> Request<Full<Bytes>> {
        let unconditional = fate.unconditional.then(|| without_conditions(&body));
        let body = match unconditional.flatten() {
            Some(unconditional) => {
                self.faults.happened(Fault::Unconditional);
                head.headers.remove(CONTENT_LENGTH);
                unconditional
            }
            None => body,
        };
        Request::from_parts(head, Full::new(body))
    }

    /// The caller, or the refusal of a call that its caller may not make.
    fn permit(
        &self,
        headers: &HeaderMap,
        operation: Option<&str>,
        body: &[u8],
    ) -> Result<Arc<Caller>, Box<Response<Full<Bytes>>>> {
        let scope = Scope::of(headers).ok_or_else(|| Box::new(responses::no_credentials()))?;
        let caller = self
            .callers
            .find(scope.access_key_id)
            .ok_or_else(|| Box::new(responses::unknown_credentials()))?;
        // The engine refuses unknown operations.
        let (Some(permissions), Some(operation)) = (&caller.permissions, operation) else {
            return Ok(caller);
        };
        let demands = match demands(operation, body) {
            Ok(demands) => demands,
            Err(Unclear::Body) => return Err(Box::new(responses::unreadable())),
            Err(Unclear::Operation) => {
                let refusal = responses::denied(&caller.name, &scope, operation, None);
                return Err(Box::new(refusal));
            }
        };
        let refused = demands.into_iter().find(|demand| {
            !matches!(
                (demand.action, &demand.resource),
                (Some(action), Some(resource)) if permissions.allow(action, resource)
            )
        });
        match refused {
            None => Ok(caller),
            Some(refused) => Err(Box::new(responses::denied(
                &caller.name,
                &scope,
                refused.verb,
                refused.resource.as_ref(),
            ))),
        }
    }

    async fn pass_on(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Gone> {
        let mut onward = self.onward.lock().await;
        let sender = match onward.as_mut().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => onward.insert(connect(self.engine).await?),
        };
        sender.ready().await?;
        Ok(sender.send_request(request).await?)
    }
}

/// `PutItem` of `DynamoDB_20120810.PutItem`.
fn operation(headers: &HeaderMap) -> Option<&str> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    target.split_once('.').map(|(_, operation)| operation)
}

/// Whether DynamoDB refuses the operation on an item that a transaction holds.
fn meets_transactions(operation: &str) -> bool {
    [
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "TransactWriteItems",
        "TransactGetItems",
    ]
    .contains(&operation)
}

async fn connect(engine: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Gone> {
    let stream = TcpStream::connect(engine).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// The engine is gone or cannot be reached.
#[derive(Debug, thiserror::Error)]
enum Gone {
    #[error("cannot connect to the engine")]
    Connect(#[from] std::io::Error),
    #[error("the engine's connection broke")]
    Http(#[from] hyper::Error),
}
