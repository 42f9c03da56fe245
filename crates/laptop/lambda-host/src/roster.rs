//! The functions, their idle environments, and how many requests may run at once.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::{InvokeOutcome, Settings, ThrottleReason, function_version::Version};

/// What every environment and the fleet share.
pub(crate) struct Roster {
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    functions: HashMap<Arc<str>, Function>,
    /// Requests in functions that have no concurrency of their own.
    shared: Arc<AtomicU32>,
    environments: u64,
    closed: bool,
}

struct Function {
    version: Arc<Version>,
    running: Arc<AtomicU32>,
    /// The one used last is at the end, and is used first.
    idle: Vec<Idle>,
}

struct Idle {
    id: u64,
    address: mpsc::UnboundedSender<Order>,
}

/// What an environment is to do.
pub(crate) enum Order {
    Serve(Job),
    /// Its version has been replaced.
    Retire,
}

/// A request, where its outcome goes, and its place in the limits.
pub(crate) struct Job {
    pub(crate) payload: Bytes,
    pub(crate) trace_id: String,
    pub(crate) reply: oneshot::Sender<InvokeOutcome>,
    pub(crate) slot: Slot,
}

impl Order {
    pub(crate) fn job(self) -> Option<Job> {
        match self {
            Self::Serve(job) => Some(job),
            Self::Retire => None,
        }
    }
}

/// Where a request goes.
pub(crate) enum Assignment {
    /// To an environment that was idle; it has the request.
    Idle,
    /// To a new environment with this id.
    New {
        version: Arc<Version>,
        id: u64,
        order: Order,
    },
}

/// A request's place in the limits, given back when it is dropped.
pub(crate) struct Slot {
    function: Arc<AtomicU32>,
    shared: Option<Arc<AtomicU32>>,
}

impl Roster {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: Mutex::default(),
        }
    }

    /// Makes a version the one that new requests go to; false if the fleet is closed.
    pub(crate) fn install(&self, version: Version) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        let version = Arc::new(version);
        match state.functions.get_mut(&version.name) {
            Some(function) => {
                function.version = version;
                retire(&mut function.idle);
            }
            None => {
                let function = Function {
                    version: Arc::clone(&version),
                    running: Arc::default(),
                    idle: Vec::new(),
                };
                state.functions.insert(Arc::clone(&version.name), function);
            }
        }
        true
    }

    pub(crate) fn remove(&self, name: &str) -> bool {
        let function = self.state().functions.remove(name);
        function
            .map(|mut function| retire(&mut function.idle))
            .is_some()
    }

    /// Gives a request to an idle environment, or says which new one it needs.
    pub(crate) fn assign(
        &self,
        name: &str,
        payload: Bytes,
        trace_id: String,
        reply: oneshot::Sender<InvokeOutcome>,
    ) -> Result<Assignment, InvokeOutcome> {
        let mut state = self.state();
        let slot = state.admit(name, self.settings.concurrency)?;
        let mut order = Order::Serve(Job {
            payload,
            trace_id,
            reply,
            slot,
        });
        let Some(function) = state.functions.get_mut(name) else {
            return Err(InvokeOutcome::NotFound);
        };
        while let Some(idle) = function.idle.pop() {
            match idle.address.send(order) {
                Ok(()) => return Ok(Assignment::Idle),
                // The environment has ended.
                Err(returned) => order = returned.0,
            }
        }
        let version = Arc::clone(&function.version);
        state.environments += 1;
        let id = state.environments;
        Ok(Assignment::New { version, id, order })
    }

    /// Takes a request's slot back and lists its environment as idle; false if the environment is
    /// of a replaced version.
    pub(crate) fn release(
        &self,
        version: &Arc<Version>,
        id: u64,
        address: &mpsc::UnboundedSender<Order>,
        slot: Slot,
    ) -> bool {
        let mut state = self.state();
        drop(slot);
        match state.functions.get_mut(&version.name) {
            Some(function) if Arc::ptr_eq(&function.version, version) => {
                function.idle.push(Idle {
                    id,
                    address: address.clone(),
                });
                true
            }
            _ => false,
        }
    }

    /// Takes an environment off the list of idle ones; false if it is not there any more.
    pub(crate) fn withdraw(&self, version: &Arc<Version>, id: u64) -> bool {
        let mut state = self.state();
        let Some(function) = state.functions.get_mut(&version.name) else {
            return false;
        };
        let position = function.idle.iter().position(|idle| idle.id == id);
        position
            .map(|position| function.idle.remove(position))
            .is_some()
    }

    /// Forgets every function; none can be installed any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.functions.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A function with reserved concurrency has that much; the others share what is left.
    fn admit(&self, name: &str, account: u32) -> Result<Slot, InvokeOutcome> {
        let function = self.functions.get(name).ok_or(InvokeOutcome::NotFound)?;
        let running = Arc::clone(&function.running);
        if let Some(reserved) = function.version.reserved_concurrency {
            if running.load(Ordering::Relaxed) >= reserved {
                return Err(InvokeOutcome::Throttled(
                    ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded,
                ));
            }
            running.fetch_add(1, Ordering::Relaxed);
            return Ok(Slot {
                function: running,
                shared: None,
            });
        }
        let reserved: u32 = self
            .functions
            .values()
            .filter_map(|function| function.version.reserved_concurrency)
            .sum();
        if self.shared.load(Ordering::Relaxed) >= account.saturating_sub(reserved) {
            return Err(InvokeOutcome::Throttled(
                ThrottleReason::ConcurrentInvocationLimitExceeded,
            ));
        }
        running.fetch_add(1, Ordering::Relaxed);
        self.shared.fetch_add(1, Ordering::Relaxed);
        Ok(Slot {
            function: running,
            shared: Some(Arc::clone(&self.shared)),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.function.fetch_sub(1, Ordering::Relaxed);
        if let Some(shared) = &self.shared {
            shared.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn retire(idle: &mut Vec<Idle>) {
    for idle in idle.drain(..) {
        // One that has ended by itself needs no telling.
        let _ = idle.address.send(Order::Retire);
    }
}
