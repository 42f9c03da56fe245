//! Sockets: accepts connections, and speaks HTTP/1.0, HTTP/1.1 and HTTP/2 on them.

use std::{
    io::{self, Cursor},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_io_timeout::TimeoutWriter;

use crate::exchange::Exchange;

/// The greatest number of bytes of a head. It is several times what the gateway allows, so that the
/// gateway usually refuses a head that is too large.
const HEAD: usize = 64 * 1024;

/// The greatest number of headers. hyper allocates and clears room for all of them for each request, so ten times as
/// many would take a tenth of the time of a request.
const HEADERS: usize = 512;

/// The first bytes of a client that speaks HTTP/2 without negotiation (RFC 9113 section 3.3).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The pause after a connection cannot be accepted, usually for lack of file descriptors.
const SHORTAGE: Duration = Duration::from_millis(50);

/// A running listener.
#[derive(Debug)]
pub struct Listening {
    stop: oneshot::Sender<Duration>,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// Serves on `listener`. A client may take `patience` for the head of a request, may keep a
    /// connection idle for as long, and may leave a response unread for as long.
    #[must_use]
    pub fn start(listener: TcpListener, exchange: Arc<Exchange>, patience: Duration) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            accepting: tokio::spawn(accept(listener, exchange, patience, stopped)),
        }
    }

    /// Accepts no more connections, and waits up to `grace` for running requests.
    pub async fn stop(self, grace: Duration) {
        // Both fail only if the task panicked, which has been reported.
        let _ = self.stop.send(grace);
        let _ = self.accepting.await;
    }
}

async fn accept(
    listener: TcpListener,
    exchange: Arc<Exchange>,
    patience: Duration,
    mut stopped: oneshot::Receiver<Duration>,
) {
    let graceful = GracefulShutdown::new();
    let grace = loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            grace = &mut stopped => break grace,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (exchange, graceful) = (Arc::clone(&exchange), graceful.watcher());
                tokio::spawn(connection(stream, peer, exchange, patience, graceful));
            }
            Err(_) => tokio::time::sleep(SHORTAGE).await,
        }
    };
    drop(listener);
    if let Ok(grace) = grace {
        // Connections that are still busy end with the process.
        let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
    }
}

async fn connection(
    mut stream: TcpStream,
    peer: SocketAddr,
    exchange: Arc<Exchange>,
    patience: Duration,
    graceful: Watcher,
) {
    // Without this, a response in two pieces waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let Ok(Ok(start)) = tokio::time::timeout(patience, read_start(&mut stream)).await else {
        return;
    };
    let http2 = start == PREFACE;
    let (reader, writer) = stream.into_split();
    let mut writer = TimeoutWriter::new(writer);
    writer.set_timeout(Some(patience));
    let reader = Cursor::new(start).chain(reader);
    let service = service_fn(move |request| Arc::clone(&exchange).answer(request, peer.ip()));
    let io = TokioIo::new(tokio::io::join(reader, Box::pin(writer)));
    // A failed connection concerns only its client.
    if http2 {
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(HEAD as u32)
            .serve_connection(io, service);
        let _ = graceful.watch(connection).await;
    } else {
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            // A client may close its sending side and still wait for the response.
            .half_close(true)
            .title_case_headers(true)
            .max_headers(HEADERS)
            .max_buf_size(HEAD)
            .serve_connection(io, service);
        let _ = graceful.watch(connection).await;
    }
}

/// Reads the bytes that show whether a client begins with HTTP/2's preface: the whole preface, or the
/// first bytes that are not its own. `hyper_util`'s automatic builder does the same, but it has no
/// time-out for a client that sends half a preface.
async fn read_start(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(PREFACE.len());
    while start.len() < PREFACE.len() && PREFACE.starts_with(&start) {
        let missing = PREFACE.len() - start.len();
        if stream.take(missing as u64).read_buf(&mut start).await? == 0 {
            break;
        }
    }
    Ok(start)
}
