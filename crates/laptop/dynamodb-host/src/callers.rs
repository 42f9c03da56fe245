//! The callers, and which of them makes a call.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use http::{HeaderMap, header::AUTHORIZATION};
use manifest::Permissions;
use uuid::Uuid;

/// What a caller signs its calls with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// For `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// For `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// For `AWS_SESSION_TOKEN`.
    pub session_token: String,
}

/// Somebody with credentials.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) name: String,
    /// `None` for the owner, who may do everything.
    pub(crate) permissions: Option<Permissions>,
}

/// Everybody with credentials, by access key.
#[derive(Debug, Default)]
pub(crate) struct Callers(RwLock<HashMap<String, Arc<Caller>>>);

impl Callers {
    pub(crate) fn admit(&self, name: &str, permissions: Permissions) -> Credentials {
        self.add(name, Some(permissions))
    }

    pub(crate) fn admit_owner(&self) -> Credentials {
        self.add("owner", None)
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Arc<Caller>> {
        let callers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        callers.get(access_key_id).cloned()
    }

    fn add(&self, name: &str, permissions: Option<Permissions>) -> Credentials {
        let random = || Uuid::new_v4().simple().to_string();
        let credentials = Credentials {
            // Temporary credentials begin with ASIA and have 20 characters.
            access_key_id: format!("ASIA{}", &random().to_uppercase()[..16]),
            secret_access_key: format!("{}{}", random(), &random()[..8]),
            session_token: random(),
        };
        let caller = Caller {
            name: name.to_owned(),
            permissions,
        };
        let mut callers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(credentials.access_key_id.clone(), Arc::new(caller));
        credentials
    }
}

/// The access key and region that a call is signed with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scope<'h> {
    pub(crate) access_key_id: &'h str,
    pub(crate) region: &'h str,
}

impl<'h> Scope<'h> {
    /// Reads `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/dynamodb/aws4_request, …`.
    pub(crate) fn of(headers: &'h HeaderMap) -> Option<Self> {
        let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/');
        Some(Self {
            access_key_id: parts.next()?,
            region: parts.nth(1)?,
        })
    }
}
