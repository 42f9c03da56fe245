//! The door of the crate: deploy functions, invoke them, shut down.

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
    /// Makes a host without functions.
    ///
    /// Raises this process's limit of open files as far as the system lets it: an environment
    /// takes four.
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

    /// Creates a function, or replaces it: requests in flight finish on the old program, new ones
    /// go to the new one.
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

    /// Takes a function away; requests in flight finish. False if there was none.
    pub fn remove(&self, name: &str) -> bool {
        self.fleet.roster.remove(name)
    }

    /// Sends one request to a function and waits for what becomes of it.
    ///
    /// The request runs to its end even if the returned future is dropped. `trace_id` is the value
    /// of `x-amzn-trace-id`; without one a new trace begins.
    pub async fn invoke(
        &self,
        name: &str,
        payload: Bytes,
        trace_id: Option<&str>,
    ) -> InvokeOutcome {
        if payload.len() > PAYLOAD_LIMIT {
            return InvokeOutcome::RequestTooLarge;
        }
        match self.fleet.place(name, payload, trace(trace_id)) {
            Ok(outcome) => outcome
                .await
                .unwrap_or_else(|_| InvokeOutcome::FunctionError(Failure::no_environment())),
            Err(refused) => refused,
        }
    }

    /// How many execution environments there are, idle and busy, in all functions.
    pub fn environments(&self) -> usize {
        self.fleet.environments()
    }

    /// Ends every environment: SIGTERM, and SIGKILL two seconds later. When it returns, no process
    /// of a function is left. Requests in flight fail; new ones find no function.
    pub async fn shutdown(&self) {
        self.fleet.close();
        self.fleet.emptied().await;
        // Gone already if this is the second time.
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

/// The trace header as a function sees it: the caller's root, and this invocation as its child.
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
    /// What macOS accepts where the hard limit says "unlimited", and enough for the 1,000
    /// environments that an account may have.
    const ENOUGH: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        // Without it there are fewer environments at a time, and each refusal says so.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(wanted),
                ..limit
            },
        );
    }
}
