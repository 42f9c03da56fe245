use aws_sdk_dynamodb::error::DisplayErrorContext;
use rcgen::CertifiedKey;
use sdk_http_client::{Roots, SdkHttpClient};
use tokio_rustls::rustls::{
    ALL_VERSIONS, ServerConfig, SupportedProtocolVersion,
    pki_types::PrivateKeyDer,
    version::{TLS12, TLS13},
};

use crate::{client, server::Server};

/// Starts a server with a new certificate. Returns the certificate in PEM.
async fn start(host: &str, versions: &[&'static SupportedProtocolVersion]) -> (Server, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let settings = ServerConfig::builder_with_protocol_versions(versions)
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Server::start_with_tls(settings).await, cert.pem())
}

/// Calls `https://localhost`. Returns the error.
async fn call(server: &Server, roots: Roots) -> Result<(), String> {
    let url = format!("https://localhost:{}", server.port);
    let call = client(&url, SdkHttpClient::new(roots))
        .list_tables()
        .send()
        .await;
    call.map(drop)
        .map_err(|error| DisplayErrorContext(error).to_string())
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_called() {
    for version in [&TLS12, &TLS13] {
        let (server, certificate) = start("localhost", &[version]).await;

        let called = call(&server, Roots::from_pem(certificate.as_bytes()).unwrap()).await;

        assert_eq!(called, Ok(()), "{version:?}");
        assert_eq!(server.received().len(), 1, "{version:?}");
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_refused() {
    let (server, _) = start("localhost", ALL_VERSIONS).await;

    let error = call(&server, Roots::amazon_trust_services())
        .await
        .unwrap_err();

    assert!(
        error.contains("TLS handshake with localhost failed"),
        "{error}"
    );
    assert!(error.contains("UnknownIssuer"), "{error}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let (server, certificate) = start("elsewhere.example", ALL_VERSIONS).await;

    let roots = Roots::from_pem(certificate.as_bytes()).unwrap();
    let error = call(&server, roots).await.unwrap_err();

    assert!(
        error.contains("not valid for name \"localhost\""),
        "{error}"
    );
    assert!(server.received().is_empty());
}
