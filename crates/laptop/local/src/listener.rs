//! Sockets: accepts connections, and speaks HTTP/1.0, HTTP/1.1 and HTTP/2 on them.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::exchange::Exchange;

/// How much of a head is read before it is refused without asking the gateway: several times what the
/// gateway allows, so that its own answer is the usual one.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 2_000;

/// With which HTTP/2 begins when both sides know it beforehand.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How often a client that has sent less than a whole preface is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// How long a system that is short of file descriptors is left alone.
const SHORTAGE: Duration = Duration::from_millis(50);

/// A listener at work.
#[derive(Debug)]
pub(crate) struct Listening {
    stop: oneshot::Sender<Duration>,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// Serves on `listener`. A client may take `patience` for the head of a request, and may keep a
    /// connection idle for as long.
    pub(crate) fn start(
        listener: TcpListener,
        exchange: Arc<Exchange>,
        patience: Duration,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            accepting: tokio::spawn(accept(listener, exchange, patience, stopped)),
        }
    }

    /// Accepts no more, and waits up to `grace` for the requests under way.
    pub(crate) async fn stop(self, grace: Duration) {
        // Gone already if it panicked, which there is nothing left to say about.
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
        // Connections that are still busy then end with the process.
        let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    exchange: Arc<Exchange>,
    patience: Duration,
    graceful: Watcher,
) {
    // Without this, an answer in two pieces waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let Ok(Ok(http2)) = tokio::time::timeout(patience, begins_with_preface(&stream)).await else {
        return;
    };
    let service = service_fn(move |request| Arc::clone(&exchange).answer(request, peer.ip()));
    let io = TokioIo::new(stream);
    // A connection that fails concerns its client alone, who notices.
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
            // A client that has said everything may say so, and still wants its answer.
            .half_close(true)
            .title_case_headers(true)
            .max_headers(HEADERS)
            .max_buf_size(HEAD)
            .serve_connection(io, service);
        let _ = graceful.watch(connection).await;
    }
}

/// Whether a client speaks HTTP/2 without being asked, found out without taking a byte.
async fn begins_with_preface(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; PREFACE.len()];
    loop {
        let seen = stream.peek(&mut start).await?;
        if seen == 0 || !PREFACE.starts_with(&start[..seen]) {
            return Ok(false);
        }
        if seen == PREFACE.len() {
            return Ok(true);
        }
        // Readable is what the socket stays while these bytes lie there.
        tokio::time::sleep(LOOK).await;
    }
}
