//! Errors of `cargo local`, with what to do about each.

use std::path::PathBuf;

use crate::database_error::DatabaseError;

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The declarations of the workspace are wrong or unreadable.
    #[error(transparent)]
    Workspace(manifest::Error),
    /// No member declares a route.
    #[error("no member of {} declares a route ([package.metadata.route])", root.display())]
    NoFunctions {
        /// The workspace.
        root: PathBuf,
    },
    /// The file of `--env-file` cannot be used.
    #[error("cannot read the environment variables in {}", file.display())]
    EnvFile {
        file: PathBuf,
        /// The reason.
        #[source]
        source: dotenvy::Error,
    },
    /// Secrets cannot be served.
    #[error("cannot listen on a port for Secrets Manager")]
    Secrets(#[source] std::io::Error),
    /// Cargo could not be started, or its output not be read.
    #[error("cannot run cargo")]
    Cargo(#[source] std::io::Error),
    /// The functions do not compile. The compiler's messages have been shown.
    #[error("the functions do not compile")]
    Build,
    /// A name or pattern of an option matches no function.
    #[error("{option}: no function is called {pattern:?}{hint}")]
    UnknownFunction {
        option: &'static str,
        pattern: String,
        /// Similar names.
        hint: String,
    },
    /// The port is in use.
    #[error(
        "port {port} of {host} is in use; choose another with --port, or stop the program that uses it"
    )]
    PortInUse {
        /// The requested address.
        host: std::net::IpAddr,
        /// The requested port.
        port: u16,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: std::net::SocketAddr,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
    /// Another process uses the database.
    #[error(
        "the database {} is in use, perhaps by another `cargo local`; stop that one, or use \
         --database FILE or --ephemeral", file.display()
    )]
    DatabaseInUse {
        /// The database.
        file: PathBuf,
    },
    /// The database cannot be used.
    #[error("cannot start the database")]
    Database(#[source] dynamodb_host::Error),
    /// `cargo local db` failed.
    #[error(transparent)]
    DatabaseCommand(#[from] DatabaseError),
    /// The faults cannot be injected.
    #[error("invalid `--faults` value")]
    Faults(#[source] dynamodb_host::FaultSettingsError),
    /// The Lambda host cannot be started, or refuses a function.
    #[error("cannot run the functions")]
    Lambda(#[source] lambda_host::Error),
    /// API Gateway would reject the configuration.
    #[error("API Gateway would reject this configuration")]
    Gateway(#[source] gateway::ConfigurationError),
    /// The file of `--principals` cannot be used.
    #[error("cannot read the principals in {}", file.display())]
    Principals {
        file: PathBuf,
        /// The reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder for state between runs cannot be used.
    #[error("cannot use {}", path.display())]
    State {
        /// The folder, or a file in it.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
    /// The file of API keys and counts cannot be used.
    #[error(
        "cannot use {}, the API keys and what counted in their quotas; if it is damaged, move it and \
         the files whose names begin like its own away, and `cargo local` begins with a new one",
        file.display()
    )]
    Usage {
        file: PathBuf,
        /// The reason.
        #[source]
        source: rusqlite::Error,
    },
    /// No usage plan has this name.
    #[error("no usage plan is called {plan:?}{}", declared(plans))]
    UnknownPlan { plan: String, plans: Vec<String> },
    /// No API key has this name.
    #[error("no API key is called {name:?}; `cargo local key list` lists them")]
    UnknownKey { name: String },
    /// The name of a key is taken.
    #[error("the API key {name:?} belongs to the plan {plan:?}; choose another name with --name")]
    KeyOfAnotherPlan { name: String, plan: String },
    /// The key of the development issuer is damaged.
    #[error("{} is not an RSA key; delete it, and `cargo local` makes a new one", path.display())]
    IssuerKey {
        /// The key's file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Other users can read or replace the key of the development issuer.
    #[error(
        "{} is open to other users, who may have copied or replaced it; delete it, and \
         `cargo local` makes a new one", path.display()
    )]
    ExposedKey {
        /// The key's file.
        path: PathBuf,
    },
    /// The folder of `--database` does not exist.
    #[error("the folder of the database {} does not exist; create it first", file.display())]
    NoDatabaseFolder {
        /// The database.
        file: PathBuf,
    },
    /// `cargo local logs` has nothing to read.
    #[error(
        "no request is recorded; `cargo local` records requests while it serves with \
         --log-format text and without --quiet"
    )]
    NoRequests,
    /// No recorded request has this id.
    #[error(
        "no recorded request has the id {id}; `cargo local logs` lists the last ones, and the last \
         500 are kept"
    )]
    UnknownRequest { id: String },
    /// Several recorded requests have an id that begins or ends so.
    #[error("several requests have the id {id}: write more of one of {}", requests.join(", "))]
    AmbiguousRequest { id: String, requests: Vec<String> },
    /// A token could not be signed.
    #[error("cannot sign a token")]
    Sign(#[source] ring::error::Unspecified),
    /// Sources cannot be watched.
    #[error("cannot watch the sources; use --no-watch to serve without watching")]
    Watch(#[source] notify::Error),
    /// The runtime or its signal handlers cannot be started.
    #[error("cannot start the runtime or its signal handlers")]
    System(#[source] std::io::Error),
    /// Interrupted a second time while stopping.
    #[error("stopped at once, without waiting for the functions")]
    Interrupted,
}

impl From<dynamodb_host::Error> for Error {
    fn from(error: dynamodb_host::Error) -> Self {
        match error {
            dynamodb_host::Error::InUse { file } => Self::DatabaseInUse { file },
            other => Self::Database(other),
        }
    }
}

/// Returns the names of usage plans, or how to declare one.
fn declared(plans: &[String]) -> String {
    match plans {
        [] => "; declare it as [workspace.metadata.plans.NAME]".to_owned(),
        plans => format!("; the declared ones are {}", plans.join(", ")),
    }
}

/// The error with its causes, on one line unless one has more.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
