//! The HTTP server on a loopback port.

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::{
    dispatch::{ConnectionCut, Dispatcher},
    fault_api::{self, FaultApi},
    local_request, responses,
};

/// DynamoDB accepts bodies up to 16 MB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What the server's connections share.
pub(crate) struct HttpServer {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) fault_api: FaultApi,
    pub(crate) port: u16,
}

/// Binds a free port of the loopback address.
pub(crate) async fn bind() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

impl HttpServer {
    /// Accepts connections until the runtime ends.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) -> Infallible {
        loop {
            // Accepting can fail for one connection, or until file descriptors are free again.
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(Arc::clone(&self).serve_connection(stream));
                }
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream) {
        // Otherwise the second packet of a response waits for the client's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| self.respond(request));
        // Without a time-out for heads: functions connect during init and may send their first request
        // hours later, and they are frozen in between. Only programs of this machine can connect.
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // The client notices a broken connection itself.
        let _ = connection.await;
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, ConnectionCut> {
        let (head, body) = request.into_parts();
        if let Err(message) = local_request::check(&head.headers, self.port) {
            return Ok(responses::not_local(message));
        }
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Ok(responses::too_large()),
            Err(_) => return Ok(responses::unreadable()),
        };
        match (head.uri.path(), &head.method) {
            (fault_api::PATH, _) => Ok(self.fault_api.respond(&head, &body)),
            ("/", &Method::POST) => self.dispatcher.respond(&head.headers, &body).await,
            _ => Ok(responses::not_found()),
        }
    }
}
