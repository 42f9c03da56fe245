//! The algorithms of signatures (RFC 7518 section 3.1), and the public keys that verify them.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// An algorithm that API Gateway accepts.
#[derive(Debug)]
pub(super) struct Algorithm {
    /// The value of `alg`.
    pub(super) name: &'static str,
    verification: Verification,
}

#[derive(Debug)]
enum Verification {
    Rsa(&'static RsaParameters),
    EllipticCurve(&'static EcdsaVerificationAlgorithm),
}

/// A public key.
pub(super) enum PublicKey {
    /// The modulus and the exponent, each with its most significant byte first.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The point in uncompressed form (SEC 1 section 2.3.3).
    EllipticCurve { point: Vec<u8> },
}

/// Fact 5.3: RSA with PKCS #1 v1.5; fact R3.17: elliptic curves too. The library has no ES512.
static ALGORITHMS: [Algorithm; 5] = [
    Algorithm {
        name: "RS256",
        verification: Verification::Rsa(&RSA_PKCS1_2048_8192_SHA256),
    },
    Algorithm {
        name: "RS384",
        verification: Verification::Rsa(&RSA_PKCS1_2048_8192_SHA384),
    },
    Algorithm {
        name: "RS512",
        verification: Verification::Rsa(&RSA_PKCS1_2048_8192_SHA512),
    },
    Algorithm {
        name: "ES256",
        verification: Verification::EllipticCurve(&ECDSA_P256_SHA256_FIXED),
    },
    Algorithm {
        name: "ES384",
        verification: Verification::EllipticCurve(&ECDSA_P384_SHA384_FIXED),
    },
];

impl Algorithm {
    /// Returns the algorithm with this name.
    pub(super) fn find(name: &str) -> Option<&'static Algorithm> {
        ALGORITHMS.iter().find(|algorithm| algorithm.name == name)
    }

    pub(super) fn is_elliptic_curve(&self) -> bool {
        matches!(self.verification, Verification::EllipticCurve(_))
    }

    /// Returns whether `key` verifies this algorithm's signatures.
    pub(super) fn uses(&self, key: &PublicKey) -> bool {
        matches!(key, PublicKey::EllipticCurve { .. }) == self.is_elliptic_curve()
    }

    /// Returns whether `signature` is that of `message` by the owner of `key`.
    pub(super) fn verifies(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let verified = match (&self.verification, key) {
            (Verification::Rsa(parameters), PublicKey::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Verification::EllipticCurve(curve), PublicKey::EllipticCurve { point }) => {
                UnparsedPublicKey::new(*curve, point).verify(message, signature)
            }
            _ => return false,
        };
        verified.is_ok()
    }
}
