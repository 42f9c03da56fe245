//! The command line.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use dynamodb_host::FaultSettings;
use jiff::{SignedDuration, Timestamp};
use manifest::{ApiKind, Cors, InvalidCors};

use crate::{
    database_arguments::DatabaseArguments,
    error::Error,
    execution::ExecutionArguments,
    issuer::{DEFAULT_AUDIENCE, TokenRequest},
    key_arguments::KeyArguments,
};

/// Serve the workspace's functions on this machine, as API Gateway and Lambda would.
///
/// Builds every function that declares a route, starts an embedded DynamoDB with the declared tables,
/// serves the routes, and replaces a function when its sources change. Ctrl-C ends everything.
#[derive(Debug, Parser)]
#[command(
    name = "local",
    bin_name = "cargo local",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What else to do than serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: ServeArguments,
    /// A Cargo.toml of the workspace to serve [default: the workspace around the current folder].
    #[arg(long, global = true, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
}

/// What else to do than serve.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a token of the development issuer.
    ///
    /// Works whether `cargo local` is running or not, and on whatever port.
    Token(TokenArguments),
    /// Print the API key of a usage plan, for the header `x-api-key`. The first call creates the key.
    ///
    /// The keys are in .colonnade/usage.sqlite. A running server knows a new key at once.
    Key(KeyArguments),
    /// Print the endpoint and credentials of the running server's database, for the AWS CLI.
    ///
    /// Prints lines for a shell: eval "$(cargo local db)".
    Db(DatabaseArguments),
    /// Print what happened during one request, or list the last requests.
    ///
    /// Works while `cargo local` is serving and afterwards. Between 500 and 1,000 requests are kept, at
    /// most 5 MB, without headers and bodies.
    Logs {
        /// A request's id (`apigw-requestid`; of a REST API, `x-amzn-requestid`), or how it begins or
        /// ends.
        #[arg(allow_hyphen_values = true)]
        id: Option<String>,
    },
}

/// How to serve.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The port to serve on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// The address to serve on. Anything but a loopback address lets other machines in.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    pub host: IpAddr,
    /// The kind of API to serve, `http` or `rest`, instead of the declared one. The URLs of a REST API
    /// begin with the stage.
    #[arg(long, value_name = "KIND", value_parser = ApiKind::parse)]
    pub api: Option<ApiKind>,
    /// The stage of a REST API, instead of the declared one.
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    /// Keep the database and what counts in quotas in memory, and forget them at the end.
    #[arg(long, conflicts_with = "database")]
    pub ephemeral: bool,
    /// The database file [default: .colonnade/dynamodb.sqlite beside the root Cargo.toml].
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// Accept the tokens of this identity provider instead of the development issuer's. Compared with
    /// the tokens' `iss` letter by letter.
    #[arg(long, value_name = "URL", requires = "audience")]
    pub issuer: Option<String>,
    /// An audience to accept (`aud`, or without one `client_id`); may be repeated.
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Vec<String>,
    /// Allow pages of this origin to call the API, instead of the origins in
    /// [workspace.metadata.cors]: an origin, "*", "https://*" or "http://*"; may be repeated.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub cors_origin: Vec<String>,
    /// A TOML file of `[[principals]]` who may sign requests to routes with `access = "iam"`, each with
    /// access-key-id, secret-access-key, arn and allow = ["GET/path/*"].
    #[arg(long, value_name = "FILE")]
    pub principals: Option<PathBuf>,
    /// How requests and the lines of functions are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Print also Lambda's lines (START, END, REPORT) and metrics.
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print no lines about requests, and do not record them for `cargo local logs`.
    #[arg(long)]
    pub quiet: bool,
    /// Build and serve these functions only: names, in which `*` stands for any characters. Other routes
    /// do not exist.
    #[arg(long, value_name = "NAME,notes-*,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Build the functions with this Cargo profile.
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub profile: String,
    /// Do not look for changed sources. If a function does not compile, the start fails.
    #[arg(long)]
    pub no_watch: bool,
    /// How the functions are executed.
    #[command(flatten)]
    pub execution: ExecutionArguments,
    /// Inject faults, each with a probability: throttle, conflict, error, slow, drop and lose-answer
    /// between functions and DynamoDB; cut-client between clients and functions; stale-index, a
    /// query of an index that does not see the writes of the last moments; and unconditional, a
    /// write whose conditions are ignored, to see whether a test detects it. Further settings, in
    /// milliseconds: delay=20..200 of slow, lag=500 of stale-index.
    #[arg(long, value_name = "NAME=0.01,…")]
    pub faults: Option<FaultSettings>,
    /// The seed of the random choice of calls that have a fault.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "faults")]
    pub fault_seed: u64,
}

/// What a token says.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// Whom the token is about (`sub`).
    #[arg(long, default_value = "local")]
    pub sub: String,
    /// What it allows: scopes separated by spaces.
    #[arg(long, default_value = "")]
    pub scope: String,
    /// How long it is valid: "15m", "8h", "7d"; negative for one that has expired.
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = duration, allow_hyphen_values = true)]
    pub expires_in: SignedDuration,
    /// Whom it is for (`aud`), where the server was started with --audience.
    #[arg(long, default_value = DEFAULT_AUDIENCE)]
    pub audience: String,
}

/// How requests and the lines of functions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: one line for each request, and indented what its function wrote.
    Text,
    /// One JSON object a line, as Lambda's JSON log format has it.
    Json,
}

impl From<LogFormat> for lambda_host::LogFormat {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Text => Self::Text,
            LogFormat::Json => Self::Json,
        }
    }
}

impl TokenArguments {
    /// The token asked for, made at `now`.
    #[must_use]
    pub fn request(&self, now: Timestamp) -> TokenRequest {
        TokenRequest {
            subject: self.sub.clone(),
            scope: self.scope.clone(),
            audience: self.audience.clone(),
            issued_at: now,
            expires_in: self.expires_in,
        }
    }
}

impl Cli {
    /// The folder for what is kept between runs: `.colonnade` beside the root Cargo.toml.
    ///
    /// # Errors
    /// When no workspace is found.
    pub fn state_folder(&self) -> Result<PathBuf, Error> {
        let root = manifest::find_root(self.manifest_path.as_deref()).map_err(Error::Workspace)?;
        Ok(root.join(".colonnade"))
    }
}

/// Checks an origin as the declared ones are checked.
fn origin(text: &str) -> Result<String, InvalidCors> {
    let cors = Cors::default().with_origins(vec![text.to_owned()])?;
    Ok(cors.origins.concat())
}

/// `1h 30m`, `90s`, or a bare number of seconds; days have 24 hours.
fn duration(text: &str) -> Result<SignedDuration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(SignedDuration::from_secs(seconds));
    }
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<i32>().ok());
    if let Some(days) = days {
        return Ok(SignedDuration::from_hours(i64::from(days) * 24));
    }
    text.parse()
        .map_err(|_| "write a time like \"15m\", \"8h\" or \"7d\"".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use jiff::SignedDuration;

    use super::{Cli, Command, duration};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_is_what_no_command_means() {
        let cli = Cli::parse_from(["local", "--port", "3111", "--ephemeral"]);

        assert!(cli.command.is_none());
        assert_eq!(cli.serve.port, 3111);
        assert!(cli.serve.host.is_loopback());
    }

    #[test]
    fn a_token_can_be_asked_of_another_workspace() {
        let line = "local token --sub alice --expires-in -1m --manifest-path x/Cargo.toml";
        let cli = Cli::parse_from(line.split(' '));

        let Some(Command::Token(token)) = cli.command else {
            panic!("not a token");
        };
        assert_eq!(token.sub, "alice");
        assert_eq!(token.expires_in, SignedDuration::from_mins(-1));
        assert_eq!(cli.manifest_path.unwrap().to_str(), Some("x/Cargo.toml"));
    }

    #[test]
    fn a_requests_id_may_begin_with_a_hyphen() {
        let cli = Cli::parse_from(["local", "logs", "-5EOKy", "--manifest-path", "x/Cargo.toml"]);

        let Some(Command::Logs { id: Some(id) }) = cli.command else {
            panic!("no id");
        };
        assert_eq!(id, "-5EOKy");
        assert_eq!(cli.manifest_path.unwrap().to_str(), Some("x/Cargo.toml"));
    }

    #[test]
    fn an_identity_provider_needs_an_audience() {
        assert!(Cli::try_parse_from(["local", "--issuer", "https://id.example"]).is_err());
    }

    #[test]
    fn a_cors_origin_must_be_an_origin() {
        let parsed = |origin| Cli::try_parse_from(["local", "--cors-origin", origin]);

        assert!(parsed("http://localhost:5173").is_ok());
        let error = parsed("foo").unwrap_err().to_string();
        assert!(error.contains("\"foo\" is not an origin"), "{error}");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("90").unwrap(), SignedDuration::from_secs(90));
        assert_eq!(duration("90s").unwrap(), SignedDuration::from_secs(90));
        assert_eq!(duration("8h").unwrap(), SignedDuration::from_hours(8));
        assert_eq!(duration("7d").unwrap(), SignedDuration::from_hours(168));
        assert!(duration("soon").is_err());
    }
}
