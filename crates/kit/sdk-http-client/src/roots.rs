//! The root certificates that a client trusts.

use tokio_rustls::rustls::{
    self, RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject},
    },
};

/// The roots that sign AWS endpoints: Amazon Trust Services, and the Starfield root they chain to
/// (<https://www.amazontrust.com/repository/>). In DER, because decoding them from PEM costs
/// 150,000 instructions of each start.
const AMAZON_TRUST_SERVICES: [&[u8]; 5] = [
    include_bytes!("amazon-trust-services/amazon-root-ca-1.der"),
    include_bytes!("amazon-trust-services/amazon-root-ca-2.der"),
    include_bytes!("amazon-trust-services/amazon-root-ca-3.der"),
    include_bytes!("amazon-trust-services/amazon-root-ca-4.der"),
    include_bytes!("amazon-trust-services/starfield-services-root-g2.der"),
];

/// The root certificates that a client trusts.
#[derive(Clone, Debug)]
pub struct Roots(pub(crate) RootCertStore);

/// Why certificates cannot be trusted roots.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRoots {
    /// The file has no certificate.
    #[error("no certificate; it must be PEM, with a line BEGIN CERTIFICATE")]
    Empty,
    /// The file is not PEM.
    #[error("invalid PEM")]
    Pem(#[source] pem::Error),
    /// A certificate cannot be parsed.
    #[error("invalid certificate")]
    Certificate(#[source] rustls::Error),
}

impl Roots {
    /// Returns the five roots that sign AWS endpoints. To parse these instead of the system's
    /// certificates spares 8 million instructions of the start.
    pub fn amazon_trust_services() -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in AMAZON_TRUST_SERVICES {
            roots
                .add(CertificateDer::from(certificate))
                .expect("a test parses all of them");
        }
        Self(roots)
    }

    /// Parses certificates in PEM.
    ///
    /// # Errors
    ///
    /// [`InvalidRoots`] if a certificate is invalid, or if `pem` has no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidRoots> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots
                .add(certificate.map_err(InvalidRoots::Pem)?)
                .map_err(InvalidRoots::Certificate)?;
        }
        if roots.is_empty() {
            return Err(InvalidRoots::Empty);
        }
        Ok(Self(roots))
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_have_the_published_fingerprints() {
        let fingerprints = AMAZON_TRUST_SERVICES.map(|root| hex(&Sha256::digest(root)));

        assert_eq!(
            fingerprints,
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
    }

    #[test]
    fn all_roots_can_be_parsed() {
        let roots = Roots::amazon_trust_services();

        assert_eq!(roots.0.len(), AMAZON_TRUST_SERVICES.len());
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let error = Roots::from_pem(b"# nothing").unwrap_err();

        assert!(matches!(error, InvalidRoots::Empty), "{error:?}");
    }

    #[test]
    fn a_file_that_ends_in_a_certificate_is_refused() {
        let error = Roots::from_pem(b"-----BEGIN CERTIFICATE-----\nMIID").unwrap_err();

        assert!(matches!(error, InvalidRoots::Pem(_)), "{error:?}");
    }

    #[test]
    fn a_certificate_that_cannot_be_parsed_is_refused() {
        let pem = b"-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n";

        let error = Roots::from_pem(pem).unwrap_err();

        assert!(matches!(error, InvalidRoots::Certificate(_)), "{error:?}");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
