//! The listener that callers see: it asks who calls and what for, and passes on what is permitted.
//!
//! Each connection has one of its own to the engine, so that passing on costs no more than the
//! second hop.

use crate::answer;
use crate::callers::{Callers, Scope};
use crate::demand::{Unclear, demands};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// DynamoDB takes bodies up to 16 MB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

type Answer = Response<Either<Full<Bytes>, Incoming>>;

/// Serves callers for as long as the runtime lives, and says where.
pub(crate) async fn serve(
    engine: SocketAddr,
    callers: Arc<Callers>,
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
    onward: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Door {
    async fn serve(self, stream: TcpStream) {
        // Without this, an answer in two pieces waits for the caller's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let door = &self;
        let service =
            service_fn(
                move |request| async move { Ok::<_, Infallible>(door.answer(request).await) },
            );
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks concerns nobody but its caller, who notices.
        let _ = connection.await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return answer::too_large().map(Either::Left);
            }
            Err(_) => return answer::unreadable().map(Either::Left),
        };
        if head.method == Method::POST
            && let Some(refusal) = self.refuse(&head.headers, &body)
        {
            return refusal.map(Either::Left);
        }
        match self
            .pass_on(Request::from_parts(head, Full::new(body)))
            .await
        {
            Ok(answer) => answer.map(Either::Right),
            Err(_) => answer::engine_gone().map(Either::Left),
        }
    }

    /// The refusal of a call that its caller may not make.
    fn refuse(&self, headers: &HeaderMap, body: &[u8]) -> Option<Response<Full<Bytes>>> {
        let Some(scope) = Scope::of(headers) else {
            return Some(answer::no_credentials());
        };
        let Some(caller) = self.callers.find(scope.access_key_id) else {
            return Some(answer::unknown_credentials());
        };
        let permissions = caller.permissions.as_ref()?;
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        let (_, operation) = target.split_once('.')?;
        let demands = match demands(operation, body) {
            Ok(demands) => demands,
            Err(Unclear::Body) => return Some(answer::unreadable()),
            Err(Unclear::Operation) => {
                return Some(answer::denied(&caller.name, &scope, operation, None));
            }
        };
        let refused = demands.into_iter().find(|demand| {
            !matches!(
                (demand.action, &demand.resource),
                (Some(action), Some(resource)) if permissions.allow(action, resource)
            )
        })?;
        Some(answer::denied(
            &caller.name,
            &scope,
            refused.verb,
            refused.resource.as_ref(),
        ))
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
