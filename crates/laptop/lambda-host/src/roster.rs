//! The functions, their idle environments, and the limits of concurrency.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{InvokeOutcome, Settings, ThrottleReason, function_version::Version};

/// The state that the environments and the fleet share.
pub(crate) struct Roster {
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    functions: HashMap<Arc<str>, Function>,
    /// Running invocations of functions without reserved concurrency.
    shared: Arc<AtomicU32>,
    /// The id of the latest environment.
    last_id: u64,
    closed: bool,
}

struct Function {
    version: Arc<Version>,
    running: Arc<AtomicU32>,
    /// Environments of all versions, until their processes have ended.
    environments: usize,
    /// The environment that was used last is at the end, and is used first.
    idle: Vec<Idle>,
    /// Invocations that wait for an environment because there may be no more environments.
    waiting: VecDeque<Job>,
}

struct Idle {
    id: u64,
    address: mpsc::UnboundedSender<Command>,
}

/// A command to an environment.
pub(crate) enum Command {
    Serve(Job),
    /// End, because the version has been replaced.
    Retire,
}

/// An invocation.
pub(crate) struct Job {
    pub(crate) request_id: Uuid,
    pub(crate) payload: Bytes,
    pub(crate) trace_id: String,
    pub(crate) reply: oneshot::Sender<InvokeOutcome>,
    pub(crate) slot: Slot,
}

impl Command {
    pub(crate) fn job(self) -> Option<Job> {
        match self {
            Self::Serve(job) => Some(job),
            Self::Retire => None,
        }
    }
}

/// An environment that is to be started.
pub(crate) struct NewEnvironment {
    pub(crate) version: Arc<Version>,
    pub(crate) id: u64,
    /// None for an environment that is started before the first invocation.
    pub(crate) job: Option<Job>,
}

/// An invocation's share of the concurrency limits, which is returned when it is dropped.
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

    /// Makes a version the one that new invocations go to. Returns false if the fleet is closed.
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
                    environments: 0,
                    idle: Vec::new(),
                    waiting: VecDeque::new(),
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

    /// Returns the environment to start before the first invocation if the function is debugged.
    pub(crate) fn environment_to_debug(&self, name: &str) -> Option<NewEnvironment> {
        let mut state = self.state();
        if !state.functions.get(name)?.version.is_debugged() {
            return None;
        }
        state.new_environment(name, None)
    }

    /// Gives an invocation to an idle environment or lets it wait for one. Returns the environment
    /// to start if there may be one more.
    pub(crate) fn assign(
        &self,
        name: &str,
        job: impl FnOnce(Slot) -> Job,
    ) -> Result<Option<NewEnvironment>, InvokeOutcome> {
        let mut state = self.state();
        let slot = state.admit(name, self.settings.concurrency)?;
        let mut job = job(slot);
        let Some(function) = state.functions.get_mut(name) else {
            return Err(InvokeOutcome::NotFound);
        };
        while let Some(idle) = function.idle.pop() {
            match idle.address.send(Command::Serve(job)) {
                Ok(()) => return Ok(None),
                // The environment has ended.
                Err(returned) => match returned.0.job() {
                    Some(returned) => job = returned,
                    None => return Ok(None),
                },
            }
        }
        function.waiting.push_back(job);
        Ok(state.start_next(name, self.settings.max_environments))
    }

    /// Returns an invocation's slot, if there was one. Gives the environment the next waiting invocation, or lists it
    /// as idle. Returns false if the environment's version was replaced.
    pub(crate) fn release(
        &self,
        version: &Arc<Version>,
        id: u64,
        address: &mpsc::UnboundedSender<Command>,
        slot: Option<Slot>,
    ) -> bool {
        let mut state = self.state();
        drop(slot);
        let Some(function) = state.functions.get_mut(&version.name) else {
            return false;
        };
        if !Arc::ptr_eq(&function.version, version) {
            return false;
        }
        match function.next_waiting() {
            // The environment holds the receiver.
            Some(job) => {
                let _ = address.send(Command::Serve(job));
            }
            None => function.idle.push(Idle {
                id,
                address: address.clone(),
            }),
        }
        true
    }

    /// Records that an environment has ended. Returns the environment to start in its place if an
    /// invocation waits.
    pub(crate) fn ended(&self, name: &str) -> Option<NewEnvironment> {
        let mut state = self.state();
        let function = state.functions.get_mut(name)?;
        function.environments = function.environments.saturating_sub(1);
        state.start_next(name, self.settings.max_environments)
    }

    /// Removes an environment from the idle ones. Returns false if it was given a command before.
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

    /// Removes every function, and refuses new ones.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.functions.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic under the lock does not leave the state inconsistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Function {
    /// Takes the next waiting invocation whose caller still waits. Lambda would have started the
    /// others before their callers left; here they would only delay the callers that are left.
    fn next_waiting(&mut self) -> Option<Job> {
        loop {
            let job = self.waiting.pop_front()?;
            if !job.reply.is_closed() {
                return Some(job);
            }
        }
    }
}

impl State {
    /// Takes a waiting invocation and returns a new environment for it, if there may be one more.
    fn start_next(&mut self, name: &str, max_environments: usize) -> Option<NewEnvironment> {
        let function = self.functions.get_mut(name)?;
        let most = if function.version.is_debugged() {
            1
        } else {
            max_environments
        };
        if function.environments >= most {
            return None;
        }
        let job = function.next_waiting()?;
        self.new_environment(name, Some(job))
    }

    fn new_environment(&mut self, name: &str, job: Option<Job>) -> Option<NewEnvironment> {
        let function = self.functions.get_mut(name)?;
        function.environments += 1;
        self.last_id += 1;
        Some(NewEnvironment {
            version: Arc::clone(&function.version),
            id: self.last_id,
            job,
        })
    }

    /// Applies the concurrency limits: a function with reserved concurrency has that much, and the
    /// others share the rest of the account's.
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
        // Fails only if the environment has ended.
        let _ = idle.address.send(Command::Retire);
    }
}
