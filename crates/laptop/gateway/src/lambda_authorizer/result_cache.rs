//! The answers of authorizers that are kept (fact R3.10).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::authorizer_answer::AuthorizerAnswer;

/// The most answers that are kept, so that callers with ever new identities do not fill the memory.
const MOST: usize = 10_000;

/// The authorizer and the values of its identity sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    pub(super) authorizer: String,
    pub(super) identity: Vec<String>,
}

/// Answers until they expire. Answers that deny are kept too.
#[derive(Debug, Default)]
pub(super) struct ResultCache(Mutex<HashMap<CacheKey, Kept>>);

#[derive(Debug)]
struct Kept {
    answer: AuthorizerAnswer,
    until: Timestamp,
}

impl ResultCache {
    pub(super) fn get(&self, key: &CacheKey, now: Timestamp) -> Option<AuthorizerAnswer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key).filter(|kept| now < kept.until)?;
        Some(found.answer.clone())
    }

    pub(super) fn keep(
        &self,
        key: CacheKey,
        answer: AuthorizerAnswer,
        ttl: Duration,
        now: Timestamp,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, kept| now < kept.until);
        }
        if kept.len() < MOST {
            let until = now + ttl;
            kept.insert(key, Kept { answer, until });
        }
    }
}
