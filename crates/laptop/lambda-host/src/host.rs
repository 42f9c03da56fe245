//! The public interface: deploys functions, invokes them, shuts down.

use std::{fmt, fs, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Error, FunctionConfiguration, InvokeOutcome, PAYLOAD_LIMIT, Settings, failure::Failure,
    fleet::Fleet, folder::Folder, function_version::Version,
};

/// Lambda on this machine.
///
/// Needs a tokio runtime with IO and time. Dropping it ends all environments as
/// [`shutdown`](Self::shutdown) does, without waiting for them.
pub struct Host {
    fleet: Arc<Fleet>,
}

impl Host {
    /// Creates a host without functions.
    ///
    /// Raises this process's limit of open files as far as the system allows: an environment needs
    /// four.
    pub fn start(settings: Settings) -> Result<Self, Error> {
        let parent = settings
            .directory
            .clone()
            .unwrap_or_else(std::env::temp_dir);
        let folder = Folder::make(&parent).map_err(|source| Error::Folder {
            folder: parent,
            source,
        })?;
        raise_open_files();
        Ok(Self {
            fleet: Arc::new(Fleet::new(settings, folder)),
        })
    }

    /// Creates or replaces a function. Running invocations finish on the old program.
    pub async fn deploy(&self, function: FunctionConfiguration) -> Result<(), Error> {
        let name = function.name.clone();
        let fleet = Arc::clone(&self.fleet);
        let copied = tokio::task::spawn_blocking(move || {
            Version::prepare(function, &fleet.roster.settings, fleet.folder())
        });
        let version = match copied.await {
            Ok(version) => version?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        if self.fleet.roster.install(version) {
            if let Some(environment) = self.fleet.roster.environment_to_debug(&name) {
                self.fleet.start(environment);
            }
            if !cfg!(target_os = "linux") && self.fleet.roster.settings.cpu_share {
                self.fleet
                    .log(&name, "its CPU time is not limited on this system");
            }
            if !cfg!(target_os = "linux") {
                self.fleet.log(
                    &name,
                    "its memory is neither limited nor measured on this system",
                );
            }
            Ok(())
        } else {
            Err(Error::ShutDown { function: name })
        }
    }

    /// Removes a function. Running invocations finish. Returns false if there was no such function.
    pub fn remove(&self, name: &str) -> bool {
        self.fleet.roster.remove(name)
    }

    /// Invokes a function and waits for the outcome.
    ///
    /// A running invocation continues to its end if the returned future is dropped. `request_id` is
    /// the id that the function and its log lines have. `trace_id` is the value of
    /// `x-amzn-trace-id`; without one a new trace begins.
    pub async fn invoke(
        &self,
        name: &str,
        request_id: Uuid,
        payload: Bytes,
        trace_id: Option<&str>,
    ) -> InvokeOutcome {
        if payload.len() > PAYLOAD_LIMIT {
            return InvokeOutcome::RequestTooLarge;
        }
        match self.fleet.place(name, request_id, payload, trace(trace_id)) {
            Ok(outcome) => outcome
                .await
                .unwrap_or_else(|_| InvokeOutcome::FunctionError(Failure::no_environment())),
            Err(refused) => refused,
        }
    }

    /// Returns the number of execution environments of all functions, idle and busy.
    pub fn environments(&self) -> usize {
        self.fleet.environments()
    }

    /// Ends every environment: a process with an extension has 500 ms after SIGTERM, others are
    /// killed at once. When it returns, the functions' processes have ended, and what they started
    /// has been killed. Running invocations fail.
    pub async fn shutdown(&self) {
        self.fleet.close();
        self.fleet.emptied().await;
        // Fails if the folder has been removed by an earlier call.
        let _ = fs::remove_dir_all(self.fleet.folder());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.fleet.close();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("settings", &self.fleet.roster.settings)
            .finish_non_exhaustive()
    }
}

/// Returns the trace header for the function: the caller's root, with this invocation as its child.
fn trace(given: Option<&str>) -> String {
    let mut trace = given.filter(|given| !given.is_empty()).map_or_else(
        || {
            let seconds = Timestamp::now().as_second();
            format!(
                "Root=1-{seconds:08x}-{:024x}",
                Uuid::new_v4().as_u128() >> 32
            )
        },
        str::to_owned,
    );
    if !trace.contains("Parent=") {
        let parent = Uuid::new_v4().as_u128() >> 64;
        trace.push_str(&format!(";Parent={parent:016x}"));
    }
    if !trace.contains("Sampled=") {
        trace.push_str(";Sampled=0");
    }
    trace
}

fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// The most that macOS accepts if the hard limit is "unlimited", and enough for the 1,000
    /// environments of an account.
    const ENOUGH: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        // If it fails, environments that need more files report it.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(wanted),
                ..limit
            },
        );
    }
}
