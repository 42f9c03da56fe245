//! The callers, their credentials and permissions, and the permissions they have used.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use http::{HeaderMap, header::AUTHORIZATION};
use manifest::{Action, Permissions, Resource};
use uuid::Uuid;

use crate::required_actions::RequiredAction;

/// The credentials that a caller signs its requests with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// For `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// For `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// For `AWS_SESSION_TOKEN`.
    pub session_token: String,
}

/// A function, or the owner of the database.
#[derive(Debug)]
pub(crate) enum Caller {
    /// May make every call.
    Owner,
    Function(FunctionCaller),
}

#[derive(Debug)]
pub(crate) struct FunctionCaller {
    pub(crate) name: String,
    permissions: Permissions,
    used: Mutex<BTreeSet<RequiredAction>>,
}

impl FunctionCaller {
    /// Fails with the first action that is not permitted.
    pub(crate) fn authorize<'a>(
        &self,
        required: &'a [RequiredAction],
    ) -> Result<(), &'a RequiredAction> {
        let denied = required
            .iter()
            .find(|required| !self.permissions.allow(required.action, &required.resource));
        denied.map_or(Ok(()), Err)
    }

    /// Records that a call used these permissions.
    pub(crate) fn record(&self, required: Vec<RequiredAction>) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.extend(required);
    }
}

/// All callers, by access key.
#[derive(Debug, Default)]
pub(crate) struct Callers(RwLock<HashMap<String, Arc<Caller>>>);

impl Callers {
    pub(crate) fn admit_function(&self, name: &str, permissions: Permissions) -> Credentials {
        self.add(Caller::Function(FunctionCaller {
            name: name.to_owned(),
            permissions,
            used: Mutex::default(),
        }))
    }

    pub(crate) fn admit_owner(&self) -> Credentials {
        self.add(Caller::Owner)
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Arc<Caller>> {
        let callers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        callers.get(access_key_id).cloned()
    }

    /// Returns the permissions that the function `name` has used, with any of its credentials.
    pub(crate) fn permissions_used(&self, name: &str) -> Permissions {
        let mut all: BTreeMap<Resource, BTreeSet<Action>> = BTreeMap::new();
        let callers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for caller in callers.values() {
            let Caller::Function(caller) = &**caller else {
                continue;
            };
            if caller.name != name {
                continue;
            }
            let used = caller.used.lock().unwrap_or_else(PoisonError::into_inner);
            for RequiredAction { action, resource } in used.iter() {
                all.entry(resource.clone()).or_default().insert(*action);
            }
        }
        all.into_iter().collect()
    }

    fn add(&self, caller: Caller) -> Credentials {
        let random = || Uuid::new_v4().simple().to_string();
        let credentials = Credentials {
            // Temporary credentials begin with ASIA and have 20 characters.
            access_key_id: format!("ASIA{}", &random().to_uppercase()[..16]),
            secret_access_key: format!("{}{}", random(), &random()[..8]),
            session_token: random(),
        };
        let mut callers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(credentials.access_key_id.clone(), Arc::new(caller));
        credentials
    }
}

/// The access key and region of a request's signature.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scope<'h> {
    pub(crate) access_key_id: &'h str,
    pub(crate) region: &'h str,
}

impl<'h> Scope<'h> {
    /// Parses `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/dynamodb/aws4_request, …`.
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
