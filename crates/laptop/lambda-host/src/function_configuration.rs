//! Settings of a host and of a function, their defaults, and the limits of Lambda.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use crate::log_line::{LogFormat, LogSink};

/// What holds for every function of a host.
#[derive(Clone)]
pub struct Settings {
    /// The account that owns the functions, twelve digits.
    pub account: String,
    /// The Region the functions believe they run in.
    pub region: String,
    /// How many requests may run at once in all functions together (fact 8.2: 1,000).
    pub concurrency: u32,
    /// How platform lines are written, and what `AWS_LAMBDA_LOG_FORMAT` says.
    pub log_format: LogFormat,
    /// Where the log lines of functions and platform go.
    pub log: Arc<dyn LogSink>,
    /// How long an environment may wait for its next request before it is ended.
    pub idle: Duration,
    /// How long the init phase may take (fact 8.2: 10 s).
    pub init_limit: Duration,
    /// Where the private copies of binaries and the `/tmp` folders of environments are kept; the
    /// system's folder for temporary files unless set. Emptied by
    /// [`Host::shutdown`](crate::Host::shutdown), and by the next host there if this one is killed.
    pub directory: Option<PathBuf>,
}

impl Settings {
    /// Lambda's own limits, account `000000000000` in `us-east-1`, lines in text going to `log`.
    pub fn new(log: impl LogSink) -> Self {
        Self {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            concurrency: 1_000,
            log_format: LogFormat::Text,
            log: Arc::new(log),
            idle: Duration::from_mins(5),
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
            .field("log_format", &self.log_format)
            .field("idle", &self.idle)
            .field("init_limit", &self.init_limit)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// One function: which program, and within which limits it runs.
#[derive(Clone, Debug)]
pub struct FunctionConfiguration {
    /// The name by which it is invoked.
    pub name: String,
    /// The program that speaks the Runtime API. It is copied when the function is deployed, so the
    /// file may be overwritten afterwards.
    pub binary: PathBuf,
    /// Memory in MB, 128 to 10,240.
    pub memory_mb: u32,
    /// How long one request may take, 1 to 900 seconds.
    pub timeout: Duration,
    /// How many requests may run at once; unless set, the function shares what the account has left.
    pub reserved_concurrency: Option<u32>,
    /// Variables beyond those Lambda sets itself, the function's credentials among them. They may
    /// replace Lambda's own, except those that say which function this is.
    pub environment: BTreeMap<String, String>,
}
