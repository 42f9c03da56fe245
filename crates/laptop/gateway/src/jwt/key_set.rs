//! A JSON Web Key Set, of which only signature keys of RSA and of elliptic curves count (facts 5.3 and
//! R3.17).

use base64::{DecodeError, Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::algorithm::{Algorithm, PublicKey};

/// The usable keys of a set.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

pub(super) struct Key {
    id: String,
    /// The only algorithm the key is meant for, if the set says so.
    algorithm: Option<String>,
    pub(super) public: PublicKey,
}

/// The document is not a key set.
#[derive(Debug, Error)]
pub(crate) enum KeySetError {
    #[error("no JSON object with an array \"keys\"")]
    Shape(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct JsonWebKey {
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    #[serde(flatten)]
    material: Material,
}

#[derive(Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    EllipticCurve { x: String, y: String },
}

impl KeySet {
    /// Reads a set. Keys of other kinds are passed over, as they may be there for other purposes.
    pub(super) fn read(bytes: &[u8]) -> Result<KeySet, KeySetError> {
        let document: Document = serde_json::from_slice(bytes)?;
        let keys = document.keys.into_iter().filter_map(|key| {
            let key: JsonWebKey = serde_json::from_value(key).ok()?;
            let is_usable = key.purpose.is_none_or(|purpose| purpose == "sig");
            is_usable.then_some(Key {
                public: key.material.public_key().ok()?,
                id: key.kid,
                algorithm: key.alg,
            })
        });
        Ok(KeySet(keys.collect()))
    }

    /// Whether there is a key of this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// The keys of this id for this algorithm.
    pub(super) fn find(&self, id: &str, algorithm: &Algorithm) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| {
            let only = key.algorithm.as_deref();
            key.id == id
                && algorithm.uses(&key.public)
                && only.is_none_or(|only| only == algorithm.name)
        })
    }
}

impl Material {
    fn public_key(&self) -> Result<PublicKey, DecodeError> {
        Ok(match self {
            Self::Rsa { n, e } => PublicKey::Rsa {
                n: integer(n)?,
                e: integer(e)?,
            },
            Self::EllipticCurve { x, y } => PublicKey::EllipticCurve {
                point: [
                    vec![4],
                    URL_SAFE_NO_PAD.decode(x)?,
                    URL_SAFE_NO_PAD.decode(y)?,
                ]
                .concat(),
            },
        })
    }
}

/// Reads a `Base64urlUInt`. RFC 7518 section 2 forbids leading zeros, but some providers write the one of DER.
fn integer(text: &str) -> Result<Vec<u8>, DecodeError> {
    let bytes = URL_SAFE_NO_PAD.decode(text)?;
    Ok(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
