//! Opens connections.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_smithy_runtime_api::client::connection::ConnectionMetadata;
use aws_smithy_types::body::SdkBody;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::Instant,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, crypto::ring, pki_types::ServerName},
};

use crate::{Roots, call_error::CallError, origin::Origin};

/// A connection over which requests are sent, one after the other.
pub(crate) struct Connection {
    pub(crate) origin: Origin,
    pub(crate) sender: SendRequest<SdkBody>,
    /// When its last request was answered.
    pub(crate) last_used: Instant,
    /// What the SDK may ask about the connection. With it, the SDK may also forbid its further use.
    pub(crate) metadata: ConnectionMetadata,
    forbidden: Arc<AtomicBool>,
}

impl Connection {
    /// Returns whether the SDK has forbidden the further use.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.forbidden.load(Ordering::Relaxed)
    }
}

/// Opens connections: TCP, with TLS for `https`.
pub(crate) struct Transport {
    tls: TlsConnector,
}

/// What TCP and TLS have in common.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Transport {
    /// Returns a transport with TLS that trusts `roots`.
    pub(crate) fn new(roots: Roots) -> Self {
        // Not aws-lc: its start-up entropy costs 40 ms of CPU at the first handshake
        // (aws-lc-rs issues 899 and 1140); ring needs 2.6 ms. This line is the choice.
        let provider = Arc::new(ring::default_provider());
        let settings = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_root_certificates(roots.0)
            .with_no_client_auth();
        Self {
            tls: Arc::new(settings).into(),
        }
    }

    /// Opens a connection. Tries all addresses of the host.
    ///
    /// # Errors
    ///
    /// [`CallError::Connect`], [`CallError::Handshake`].
    pub(crate) async fn open(&self, origin: Origin) -> Result<Connection, CallError> {
        let unreachable = |source| CallError::Connect {
            host: origin.host().to_owned(),
            source,
        };
        let tcp = TcpStream::connect((origin.host(), origin.port()))
            .await
            .map_err(unreachable)?;
        // Without it, a small segment may wait until the server acknowledges the one before.
        tcp.set_nodelay(true).map_err(unreachable)?;
        let forbidden = Arc::new(AtomicBool::new(false));
        let mut metadata = ConnectionMetadata::builder().proxied(false).poison_fn({
            let forbidden = Arc::clone(&forbidden);
            move || forbidden.store(true, Ordering::Relaxed)
        });
        metadata
            .set_local_addr(tcp.local_addr().ok())
            .set_remote_addr(tcp.peer_addr().ok());

        let stream: Box<dyn Stream> = if origin.is_https {
            Box::new(self.handshake(&origin, tcp).await?)
        } else {
            Box::new(tcp)
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(CallError::Http)?;
        // It ends when the sender is dropped. Its error is also the error of the request.
        tokio::spawn(connection);
        Ok(Connection {
            origin,
            sender,
            last_used: Instant::now(),
            metadata: metadata.build(),
            forbidden,
        })
    }

    async fn handshake(
        &self,
        origin: &Origin,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, CallError> {
        let failed = |source| CallError::Handshake {
            host: origin.host().to_owned(),
            source,
        };
        let name = ServerName::try_from(origin.host().to_owned())
            .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        self.tls.connect(name, tcp).await.map_err(failed)
    }
}
