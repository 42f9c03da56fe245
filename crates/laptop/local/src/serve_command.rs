//! `cargo local` without a command: builds, serves, watches, and shuts down.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use dynamodb_host::{FaultSettings, Storage};
use manifest::{Access, Workspace};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    build_progress::say,
    cli::Cli,
    edit_loop::{self, EditLoop},
    error::Error,
    functions::Functions,
    issuer::Issuer,
    output::{LogFormat, Output},
    route_table,
    server::{Server, read_principals},
    server_record::ServerRecord,
    settings::{Authorizer, Settings},
    state,
};

/// The time that the last threads have to end.
const LAST: Duration = Duration::from_millis(500);

/// Serves until interrupted.
pub(crate) fn run(cli: &Cli) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::System)?;
    let outcome = runtime.block_on(until_stopped(cli));
    // Remaining tasks are dropped, and their processes are killed.
    runtime.shutdown_timeout(LAST);
    outcome
}

async fn until_stopped(cli: &Cli) -> Result<(), Error> {
    let mut stop = Stop::new()?;
    let (server, workspace) = tokio::select! {
        opened = open(cli) => opened?,
        () = stop.signalled() => return Ok(()),
    };
    let _record = ServerRecord::publish(&workspace.root.join(".colonnade"), &server)?;
    let served = tokio::select! {
        served = serve(cli, &server, workspace) => served,
        () = stop.signalled() => {
            say("Stopping; Ctrl-C again stops at once.");
            Ok(())
        }
    };
    tokio::select! {
        () = server.close() => served,
        () = stop.signalled() => Err(Error::Interrupted),
    }
}

/// Opens the port and the database, which other processes may use, before the first build.
async fn open(cli: &Cli) -> Result<(Server, Workspace), Error> {
    let workspace = edit_loop::load(cli)?;
    let folder = workspace.root.join(".colonnade");
    state::prepare(&folder)?;
    let settings = settings(cli, &folder)?;
    let listener = settings.bind().await?;
    let functions = Functions::start(&settings, &workspace).await?;
    let server = Server::start(settings, listener, functions, &workspace).await?;
    Ok((server, workspace))
}

/// Builds the functions, says that they are served, and follows edits until it is dropped.
async fn serve(cli: &Cli, server: &Server, workspace: Workspace) -> Result<(), Error> {
    say(&format!(
        "Building {} functions… {} answers each route as soon as its function is built.",
        workspace.functions.len(),
        server.url()
    ));
    let mut edit_loop = EditLoop::start(cli, server, workspace)?;
    edit_loop.first_build().await?;
    introduce(cli, server, edit_loop.workspace());
    loop {
        edit_loop.follow_edits().await?;
    }
}

fn settings(cli: &Cli, folder: &Path) -> Result<Settings, Error> {
    let arguments = &cli.serve;
    let authorizer = match &arguments.issuer {
        Some(issuer) => Authorizer::Provider {
            issuer: issuer.clone(),
            audience: arguments.audience.clone(),
        },
        None => Authorizer::Development {
            issuer: Arc::new(Issuer::open(folder)?),
            audience: arguments.audience.clone(),
        },
    };
    let storage = match (&arguments.database, arguments.ephemeral) {
        (_, true) => Storage::Memory,
        (Some(file), false) => database_file(file.clone())?,
        (None, false) => database_file(folder.join(state::DATABASE_FILE))?,
    };
    let principals = match &arguments.principals {
        Some(file) => read_principals(file)?,
        None => Vec::new(),
    };
    let output = if arguments.quiet {
        Output::none(arguments.log_format)
    } else {
        Output::stdout(arguments.log_format)
    };
    Ok(Settings {
        address: SocketAddr::new(arguments.host, arguments.port),
        storage,
        authorizer,
        cors_origins: arguments.cors_origin.clone(),
        principals,
        output,
        execution: arguments.execution.clone(),
        faults: FaultSettings {
            seed: arguments.fault_seed,
            ..arguments.faults.clone().unwrap_or_default()
        },
        patience: Duration::from_secs(30),
        grace: Duration::from_secs(2),
    })
}

/// A database in a file, which only its owner can open.
fn database_file(file: PathBuf) -> Result<Storage, Error> {
    // The parent of a bare name is the empty path: the current folder.
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Error::NoDatabaseFolder { file });
    }
    state::prepare_file(&file)?;
    Ok(Storage::File(file))
}

/// The line that tells programs which start `cargo local --log-format json` the addresses.
fn ready_line(server: &Server, workspace: &Workspace) -> serde_json::Value {
    let functions: Vec<_> = workspace.functions.iter().map(|f| &f.name).collect();
    serde_json::json!({
        "type": "ready",
        "endpoint": server.url(),
        "database": server.database_url(),
        "faults": format!("{}/_faults", server.database_url()),
        "faultToken": server.fault_token(),
        "functions": functions,
    })
}

/// Prints the routes, the address and a request to try.
fn introduce(cli: &Cli, server: &Server, workspace: &Workspace) {
    let (url, authorizer) = (server.url(), server.authorizer());
    if cli.serve.log_format == LogFormat::Json {
        println!("{}", ready_line(server, workspace));
        return;
    }
    println!("\n{}", route_table::table(workspace));
    println!("Serving on {url}, Ctrl-C ends it.");
    if cli.serve.faults.is_some() {
        let (database, token) = (server.database_url(), server.fault_token());
        println!("Fault injection is on. To inspect it, or to change it with PUT:");
        println!("\n  curl -H 'Authorization: Bearer {token}' {database}/_faults\n");
    }
    if !workspace.without_route.is_empty() {
        let names = workspace.without_route.join(", ");
        println!("Not served, because they have no route: {names}.");
    }
    if !cli.serve.host.is_loopback() {
        println!("Other machines can reach it.");
    }
    if !server.shows_issuer_documents() && matches!(authorizer, Authorizer::Development { .. }) {
        println!(
            "The development issuer's port is taken: other programs cannot read its keys here."
        );
    }
    if cli.serve.principals.is_none()
        && workspace
            .routes()
            .any(|(_, http)| http.access == Access::Iam)
    {
        println!("Routes with access = \"iam\" refuse every request without --principals FILE.");
    }
    let Some(sample) = route_table::sample(workspace, &url) else {
        return;
    };
    match authorizer {
        Authorizer::Development { audience, .. } if sample.needs_token => {
            println!(
                "\n  curl -H \"Authorization: Bearer $({})\" {}\n",
                token_command(cli, workspace, audience),
                sample.arguments
            );
        }
        Authorizer::Provider { issuer, .. } if sample.needs_token => {
            println!(
                "\n  curl -H 'Authorization: Bearer TOKEN' {}\n",
                sample.arguments
            );
            println!("with a token of {issuer}.");
        }
        Authorizer::Development { .. } | Authorizer::Provider { .. } => {
            println!("\n  curl {}\n", sample.arguments);
        }
    }
}

/// The command that prints a token for the sample request. The token itself is not printed: it would
/// stay in the terminal, and it has every scope.
fn token_command(cli: &Cli, workspace: &Workspace, audience: &[String]) -> String {
    let mut command = "cargo local token --sub local".to_owned();
    let scopes: Vec<&str> = route_table::scopes(workspace).into_iter().collect();
    if !scopes.is_empty() {
        command.push_str(&format!(" --scope '{}'", scopes.join(" ")));
    }
    if let Some(audience) = audience.first() {
        command.push_str(&format!(" --audience '{audience}'"));
    }
    if let Some(manifest) = &cli.manifest_path {
        command.push_str(&format!(" --manifest-path '{}'", manifest.display()));
    }
    command
}

/// Ctrl-C, or SIGTERM.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(Error::System)?,
            terminate: signal(SignalKind::terminate()).map_err(Error::System)?,
        })
    }

    async fn signalled(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
