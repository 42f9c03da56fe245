//! Caches the keys of the identity provider (facts 5.7 to 5.10). Time is an argument, and the caller
//! fetches the documents.

use std::{
    error::Error as StdError,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use super::{
    key_set::{KeySet, KeySetError},
    rules::Rules,
};
use crate::limits;

/// A document of the identity provider that is to be fetched with GET, within
/// [`limits::FETCH_TIMEOUT`] and [`limits::KEY_SET`] bytes, redirects not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    url: String,
    kind: Kind,
    /// How many documents had been supplied when this one was asked for.
    supplied_before: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Discovery,
    KeySet,
}

/// The reason why a document could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It took longer than [`limits::FETCH_TIMEOUT`].
    #[error("no answer within {:?}", limits::FETCH_TIMEOUT)]
    TimedOut,
    /// It is longer than [`limits::KEY_SET`].
    #[error("longer than {} bytes", limits::KEY_SET)]
    TooLong,
    /// The answer was not 200.
    #[error("the answer was {0}")]
    Status(http::StatusCode),
    /// There was no answer.
    #[error("no answer")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
}

/// The reason why there are no keys.
#[derive(Debug, Error)]
pub(crate) enum KeyFailure {
    #[error("{url}: {error}")]
    Fetch {
        kind: KindOf,
        url: String,
        #[source]
        error: FetchError,
    },
    #[error("{url}: no JSON with a jwks_uri")]
    Discovery {
        url: String,
        #[source]
        error: serde_json::Error,
    },
    #[error("{url}: no key set")]
    KeySet {
        url: String,
        #[source]
        error: KeySetError,
    },
}

/// Keeps [`Kind`] out of the error's public face.
#[derive(Debug)]
pub(crate) struct KindOf(Kind);

/// The result of a lookup.
#[derive(Debug)]
pub(crate) enum Lookup {
    Ready(Arc<KeySet>),
    Fetch(Document),
    Failed(Arc<KeyFailure>),
}

#[derive(Debug)]
pub(crate) struct KeyCache {
    discovery_url: String,
    rules: Rules,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    jwks_uri: Option<Aged<String>>,
    keys: Option<Aged<Arc<KeySet>>>,
    failure: Option<Aged<Arc<KeyFailure>>>,
    supplied: u64,
}

#[derive(Debug)]
struct Aged<T> {
    value: T,
    since: Timestamp,
}

#[derive(Deserialize)]
struct Discovery {
    jwks_uri: String,
}

impl Document {
    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl KeyFailure {
    /// The description that the client gets (section 4.1 of the facts).
    pub(crate) fn description(&self) -> &'static str {
        match self {
            KeyFailure::Fetch {
                kind: KindOf(Kind::Discovery),
                ..
            }
            | KeyFailure::Discovery { .. } => "OIDC discovery endpoint communication error",
            KeyFailure::Fetch {
                kind: KindOf(Kind::KeySet),
                ..
            }
            | KeyFailure::KeySet { .. } => "JWKS communication error",
        }
    }
}

impl KeyCache {
    pub(crate) fn new(issuer: &str, rules: Rules) -> KeyCache {
        KeyCache {
            discovery_url: format!(
                "{}/.well-known/openid-configuration",
                issuer.trim_end_matches('/')
            ),
            rules,
            state: Mutex::default(),
        }
    }

    /// Returns the keys. For a key that they do not have, a REST API fetches them again, once in
    /// [`limits::FETCH_FAILURE_AGE`]. An HTTP API fetches nothing (fact 5.9).
    pub(crate) fn lookup(&self, key_id: Option<&str>, now: Timestamp) -> Lookup {
        let state = self.state();
        let failure = state
            .failure
            .as_ref()
            .filter(|failure| failure.is_younger_than(limits::FETCH_FAILURE_AGE, now));
        let Some(keys) = current(&state.keys, self.rules.key_set_age, now) else {
            return match failure {
                Some(failure) => Lookup::Failed(failure.value.clone()),
                None => Lookup::Fetch(self.wanted(&state, now)),
            };
        };
        let is_unknown = key_id.is_some_and(|id| !keys.value.has(id));
        let is_fresh = keys.is_younger_than(limits::FETCH_FAILURE_AGE, now);
        if self.rules.fetches_unknown_keys && is_unknown && !is_fresh && failure.is_none() {
            return Lookup::Fetch(self.wanted(&state, now));
        }
        Lookup::Ready(keys.value.clone())
    }

    pub(crate) fn supply(
        &self,
        document: &Document,
        fetched: Result<Bytes, FetchError>,
        now: Timestamp,
    ) {
        let outcome = self.read(document, fetched);
        let mut state = self.state();
        state.supplied += 1;
        match outcome {
            Ok(Supplied::JwksUri(value)) => state.jwks_uri = Some(Aged { value, since: now }),
            Ok(Supplied::Keys(value)) => state.keys = Some(Aged { value, since: now }),
            Err(failure) => {
                state.failure = Some(Aged {
                    value: Arc::new(failure),
                    since: now,
                });
                return;
            }
        }
        state.failure = None;
    }

    pub(crate) fn still_wants(&self, document: &Document) -> bool {
        self.state().supplied == document.supplied_before
    }

    fn wanted(&self, state: &State, now: Timestamp) -> Document {
        let (url, kind) = match current(&state.jwks_uri, self.rules.key_set_age, now) {
            Some(uri) => (uri.value.clone(), Kind::KeySet),
            None => (self.discovery_url.clone(), Kind::Discovery),
        };
        Document {
            url,
            kind,
            supplied_before: state.supplied,
        }
    }

    fn read(
        &self,
        document: &Document,
        fetched: Result<Bytes, FetchError>,
    ) -> Result<Supplied, KeyFailure> {
        let url = document.url.clone();
        let bytes = fetched
            .and_then(|bytes| {
                if bytes.len() > limits::KEY_SET {
                    Err(FetchError::TooLong)
                } else {
                    Ok(bytes)
                }
            })
            .map_err(|error| KeyFailure::Fetch {
                kind: KindOf(document.kind),
                url: url.clone(),
                error,
            })?;
        match document.kind {
            Kind::Discovery => serde_json::from_slice(&bytes)
                .map(|discovery: Discovery| Supplied::JwksUri(discovery.jwks_uri))
                .map_err(|error| KeyFailure::Discovery { url, error }),
            Kind::KeySet => KeySet::read(&bytes)
                .map(|keys| Supplied::Keys(Arc::new(keys)))
                .map_err(|error| KeyFailure::KeySet { url, error }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Supplied {
    JwksUri(String),
    Keys(Arc<KeySet>),
}

/// What was fetched, while it may be used.
fn current<T>(fetched: &Option<Aged<T>>, age: Duration, now: Timestamp) -> Option<&Aged<T>> {
    fetched
        .as_ref()
        .filter(|aged| aged.is_younger_than(age, now))
}

impl<T> Aged<T> {
    /// A clock that was set back makes nothing old.
    fn is_younger_than(&self, age: Duration, now: Timestamp) -> bool {
        Duration::try_from(now.duration_since(self.since)).map_or(true, |passed| passed < age)
    }
}
