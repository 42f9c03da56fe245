//! A JSON Web Key Set, of which only RSA signature keys count (fact 5.3).

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The usable keys of a set.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

pub(super) struct Key {
    id: String,
    /// The only algorithm the key is meant for, if the set says so.
    algorithm: Option<String>,
    pub(super) decoding: DecodingKey,
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
struct RsaKey {
    kid: String,
    kty: String,
    n: String,
    e: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds are passed over, as they may be there for other purposes.
    pub(super) fn read(bytes: &[u8]) -> Result<KeySet, KeySetError> {
        let document: Document = serde_json::from_slice(bytes)?;
        let keys = document.keys.into_iter().filter_map(|key| {
            let key: RsaKey = serde_json::from_value(key).ok()?;
            let usable = key.kty == "RSA" && key.purpose.is_none_or(|purpose| purpose == "sig");
            Some(Key {
                decoding: usable
                    .then(|| DecodingKey::from_rsa_components(&key.n, &key.e))?
                    .ok()?,
                id: key.kid,
                algorithm: key.alg,
            })
        });
        Ok(KeySet(keys.collect()))
    }

    /// The keys of this id for this algorithm.
    pub(super) fn find(&self, id: &str, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        let name = format!("{algorithm:?}");
        self.0.iter().filter(move |key| {
            key.id == id && key.algorithm.as_ref().is_none_or(|only| *only == name)
        })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
