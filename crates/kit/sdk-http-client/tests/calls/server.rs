//! A server whose responses a test chooses.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri,
    body::{Frame, Incoming},
    header::CONNECTION,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Barrier,
    task::AbortHandle,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What the server does with a request.
pub(crate) enum Answer {
    /// Sends a list of no tables.
    Tables,
    /// Sends a list of no tables when all other requests with this barrier have arrived.
    Together(Arc<Barrier>),
    /// Sends half of a list of no tables, and the rest when all other requests with this barrier
    /// have arrived.
    Halves(Arc<Barrier>),
    /// Sends a list of no tables, and closes the connection.
    Last,
    /// Sends the status 500.
    Failure,
    /// Sends a response whose body does not end.
    Endless,
    /// Sends nothing.
    Silence,
    /// Closes the connection.
    Close,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The number of its connection: 0 for the first.
    pub(crate) connection: usize,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

/// Makes hyper close the connection.
#[derive(Debug, thiserror::Error)]
#[error("the test wants it")]
struct Closed;

/// A server on this machine. It ends with the runtime of the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    answers: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
    connections: Mutex<Vec<AbortHandle>>,
}

impl Server {
    /// Starts a server that answers the first requests with `answers`, and all others with a list
    /// of no tables.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::serve(answers.into_iter().collect(), None).await
    }

    /// Starts a server with TLS.
    pub(crate) async fn start_with_tls(settings: ServerConfig) -> Self {
        Self::serve(VecDeque::new(), Some(Arc::new(settings).into())).await
    }

    async fn serve(answers: VecDeque<Answer>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            answers: Mutex::new(answers),
            ..State::default()
        });
        let accepting = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&accepting), tls.clone());
                let mut connections = accepting.connections.lock().unwrap();
                let number = connections.len();
                let connection = tokio::spawn(async move {
                    let Some(tls) = tls else {
                        return state.serve(stream, number).await;
                    };
                    // The client may refuse the certificate.
                    if let Ok(stream) = tls.accept(stream).await {
                        state.serve(stream, number).await;
                    }
                });
                connections.push(connection.abort_handle());
            }
        });
        Self { port, state }
    }

    /// Returns the URL of a server without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the requests that arrived.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Returns the number of the connection of each request that arrived.
    pub(crate) fn connections_used(&self) -> Vec<usize> {
        let received = self.received().into_iter();
        received.map(|request| request.connection).collect()
    }

    /// Returns how many connections were opened.
    pub(crate) fn accepted(&self) -> usize {
        self.state.connections.lock().unwrap().len()
    }

    /// Closes a connection when its task runs next.
    pub(crate) fn begin_to_close(&self, number: usize) {
        self.connection(number).abort();
    }

    /// Waits until a connection is closed.
    pub(crate) async fn closed(&self, number: usize) {
        let connection = self.connection(number);
        while !connection.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    fn connection(&self, number: usize) -> AbortHandle {
        self.state.connections.lock().unwrap()[number].clone()
    }
}

impl State {
    async fn serve<S>(&self, stream: S, number: usize)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let respond = service_fn(|request| self.respond(number, request));
        // An error says that one side closed the connection.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), respond)
            .await;
    }

    async fn respond(
        &self,
        connection: usize,
        request: Request<Incoming>,
    ) -> Result<Response<BoxBody<Bytes, Infallible>>, Closed> {
        let (head, body) = request.into_parts();
        body.collect().await.expect("the SDK sends all of the body");
        self.received.lock().unwrap().push(Received {
            connection,
            uri: head.uri,
            headers: head.headers,
        });
        let answer = self.answers.lock().unwrap().pop_front();
        let tables = || Response::new(Full::from(r#"{"TableNames":[]}"#).boxed());
        Ok(match answer.unwrap_or(Answer::Tables) {
            Answer::Tables => tables(),
            Answer::Together(barrier) => {
                barrier.wait().await;
                tables()
            }
            Answer::Last => {
                let mut response = tables();
                let close = "close".try_into().unwrap();
                response.headers_mut().insert(CONNECTION, close);
                response
            }
            Answer::Failure => {
                let mut response = Response::new(Full::default().boxed());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
            Answer::Halves(barrier) => streamed(async move {
                barrier.wait().await;
                "[]}"
            }),
            Answer::Endless => streamed(future::pending()),
            Answer::Silence => future::pending().await,
            Answer::Close => return Err(Closed),
        })
    }
}

/// Returns a response whose second half is sent when it is ready.
fn streamed(
    rest: impl Future<Output = &'static str> + Send + Sync + 'static,
) -> Response<BoxBody<Bytes, Infallible>> {
    let halves = stream::once(future::ready(r#"{"TableNames":"#)).chain(stream::once(rest));
    let frames = halves.map(|half| Ok(Frame::data(Bytes::from_static(half.as_bytes()))));
    Response::new(BodyExt::boxed(StreamBody::new(frames)))
}
