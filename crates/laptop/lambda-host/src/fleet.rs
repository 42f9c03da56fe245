//! Which functions there are, which of their environments are idle, and how many requests may run
//! at once.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::{
    InvokeOutcome, LogLine, LogSource, Settings, ThrottleReason,
    environment::{Environment, Job, Order, Progress},
    folder::Folder,
    platform::Journal,
    version::Version,
};

pub(crate) struct Fleet {
    pub(crate) settings: Settings,
    folder: Folder,
    state: Mutex<State>,
    closing: watch::Sender<bool>,
    environments: watch::Sender<usize>,
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

/// A request's place in the limits, given back when it is dropped.
pub(crate) struct Slot {
    function: Arc<AtomicU32>,
    shared: Option<Arc<AtomicU32>>,
}

impl Fleet {
    pub(crate) fn new(settings: Settings, folder: Folder) -> Self {
        Self {
            settings,
            folder,
            state: Mutex::default(),
            closing: watch::Sender::new(false),
            environments: watch::Sender::new(0),
        }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
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

    /// Gives a request to an environment, a new one if none is idle, or says why not.
    pub(crate) fn place(
        self: &Arc<Self>,
        name: &str,
        payload: Bytes,
        trace_id: String,
    ) -> Result<oneshot::Receiver<InvokeOutcome>, InvokeOutcome> {
        let (reply, outcome) = oneshot::channel();
        let (version, id, order) = {
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
                    Ok(()) => return Ok(outcome),
                    // It has come to its end by itself.
                    Err(returned) => order = returned.0,
                }
            }
            let version = Arc::clone(&function.version);
            state.environments += 1;
            (version, state.environments, order)
        };
        match self.environment(version, id) {
            Ok(environment) => {
                // The environment holds the other end, so this arrives.
                let _ = environment.address.send(order);
                let alive = Alive::new(Arc::clone(self));
                tokio::spawn(async move {
                    environment.run().await;
                    drop(alive);
                });
                Ok(outcome)
            }
            Err(error) => {
                self.log(
                    name,
                    &format!("could not make a folder for an environment: {error}"),
                );
                Err(InvokeOutcome::FunctionError(crate::host::no_environment()))
            }
        }
    }

    /// Takes a request's slot back and lists its environment as idle; false if the environment is
    /// of a version that is no longer served.
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

    /// How many environments there are, idle and busy.
    pub(crate) fn environments(&self) -> usize {
        *self.environments.borrow()
    }

    /// Tells every environment to end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.functions.clear();
        drop(state);
        self.closing.send_replace(true);
    }

    /// Waits until no environment is left.
    pub(crate) async fn emptied(&self) {
        // The sender is ours, so waiting cannot fail.
        let _ = self
            .environments
            .subscribe()
            .wait_for(|&count| count == 0)
            .await;
    }

    /// Says in a function's log what this host does not do as Lambda does.
    pub(crate) fn log(&self, function: &str, text: &str) {
        self.settings.log.write(LogLine {
            function: function.into(),
            stream: "".into(),
            source: LogSource::Host,
            text: text.to_owned(),
        });
    }

    fn environment(
        self: &Arc<Self>,
        version: Arc<Version>,
        id: u64,
    ) -> std::io::Result<Environment> {
        let tmp = tempfile::Builder::new()
            .prefix("tmp-")
            .tempdir_in(self.folder())?;
        let (address, orders) = mpsc::unbounded_channel();
        let today = Timestamp::now()
            .to_zoned(TimeZone::UTC)
            .strftime("%Y/%m/%d")
            .to_string();
        let journal = Journal {
            sink: Arc::clone(&self.settings.log),
            format: self.settings.log_format,
            function: Arc::clone(&version.name),
            arn: Arc::clone(&version.arn),
            region: self.settings.region.clone(),
            memory_mb: version.memory_mb,
            stream: format!("{today}/[$LATEST]{}", Uuid::new_v4().simple()).into(),
        };
        Ok(Environment {
            id,
            fleet: Arc::clone(self),
            version,
            journal,
            tmp,
            orders,
            address,
            closing: self.closing.subscribe(),
            progress: Progress::default(),
        })
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

/// Counts an environment from its start until nothing is left of it.
struct Alive(Arc<Fleet>);

impl Alive {
    fn new(fleet: Arc<Fleet>) -> Self {
        fleet.environments.send_modify(|count| *count += 1);
        Self(fleet)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.environments.send_modify(|count| *count -= 1);
    }
}
