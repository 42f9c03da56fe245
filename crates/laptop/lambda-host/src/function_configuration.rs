//! The settings of a host and of a function.

use std::{
    collections::BTreeMap, fmt, path::PathBuf, sync::Arc, thread::available_parallelism,
    time::Duration,
};

use tokio::sync::mpsc;

use crate::log_line::{LogFormat, LogSink};

/// Settings that apply to every function of a host.
#[derive(Clone)]
pub struct Settings {
    /// The account that owns the functions, twelve digits.
    pub account: String,
    /// The Region of the functions, as their environment names it.
    pub region: String,
    /// How many invocations may run at once in all functions together (fact 8.2: 1,000). More are
    /// throttled.
    pub concurrency: u32,
    /// How many environments a function may have on this machine. More invocations wait for one of
    /// them; Lambda would start another environment. Eight for each core unless set.
    pub max_environments: usize,
    /// How platform lines are written, and what `AWS_LAMBDA_LOG_FORMAT` says.
    pub log_format: LogFormat,
    /// Where the log lines of functions and platform go.
    pub log: Arc<dyn LogSink>,
    /// How long an environment may wait for its next invocation before it is ended.
    pub idle: Duration,
    /// Whether processes are stopped between invocations, as Lambda freezes environments.
    pub freeze: bool,
    /// Whether an invocation has only the share of the CPU that the function's memory gives it in
    /// Lambda. Needs Linux.
    pub cpu_share: bool,
    /// How long the init phase may take (fact 8.2: 10 s).
    pub init_limit: Duration,
    /// Where the private copies of binaries and the `/tmp` folders of environments are kept; the
    /// system's folder for temporary files unless set. Emptied by
    /// [`Host::shutdown`](crate::Host::shutdown), and by the next host there if this one is killed.
    pub directory: Option<PathBuf>,
}

impl Settings {
    /// Returns Lambda's limits, account `000000000000` in `us-east-1`, lines in text going to `log`.
    pub fn new(log: impl LogSink) -> Self {
        Self {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            concurrency: 1_000,
            max_environments: available_parallelism().map_or(8, |cores| cores.get() * 8),
            log_format: LogFormat::Text,
            log: Arc::new(log),
            idle: Duration::from_mins(5),
            freeze: true,
            cpu_share: false,
            init_limit: Duration::from_secs(10),
            directory: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("account", &self.account)
            .field("region", &self.region)
            .field("concurrency", &self.concurrency)
            .field("max_environments", &self.max_environments)
            .field("log_format", &self.log_format)
            .field("idle", &self.idle)
            .field("freeze", &self.freeze)
            .field("cpu_share", &self.cpu_share)
            .field("init_limit", &self.init_limit)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// A function: its program and its limits.
#[derive(Clone, Debug)]
pub struct FunctionConfiguration {
    /// The name by which it is invoked.
    pub name: String,
    /// The program that speaks the Runtime API. It is copied when the function is deployed, so the
    /// file may be overwritten afterwards.
    pub binary: PathBuf,
    /// Memory in MB, 128 to 10,240.
    pub memory_mb: u32,
    /// How long one invocation may take, 1 to 900 seconds.
    pub timeout: Duration,
    /// How many invocations may run at once. Unless set, the function shares the rest of the account's.
    pub reserved_concurrency: Option<u32>,
    /// Variables in addition to those that Lambda sets, for example the function's credentials. They
    /// may replace Lambda's own, except those that describe the function.
    pub environment: BTreeMap<String, String>,
    /// For a function that is debugged: receives the id of each process. Such a function has one
    /// environment, which is started when it is deployed. It is never stopped, and its time and
    /// memory have no limits.
    pub debugger: Option<mpsc::UnboundedSender<u32>>,
}
