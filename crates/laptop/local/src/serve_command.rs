//! `cargo local` without a command: builds, serves, watches, and shuts down.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use dynamodb_host::{FaultSettings, Storage};
use manifest::{Access, Workspace};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    build::{Built, Profile, Progress, build},
    cli::Cli,
    error::{Error, chain},
    functions::Functions,
    issuer::Issuer,
    output::{LogFormat, Output},
    route_table,
    server::{Changes, Server, read_principals},
    settings::{Authorizer, Settings},
    state,
    watch::Watch,
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
    let (server, workspace, progress) = tokio::select! {
        opened = open(cli) => opened?,
        () = stop.signalled() => return Ok(()),
    };
    let served = tokio::select! {
        served = watch(cli, &server, workspace, &progress) => served,
        () = stop.signalled() => Ok(()),
    };
    eprintln!("Stopping; Ctrl-C again stops at once.");
    tokio::select! {
        () = server.close() => served,
        () = stop.signalled() => Err(Error::Interrupted),
    }
}

/// Prepares everything for the first request.
async fn open(cli: &Cli) -> Result<(Server, Workspace, Progress), Error> {
    let workspace = Workspace::load(cli.manifest_path.as_deref()).map_err(Error::Workspace)?;
    if workspace.functions.is_empty() {
        return Err(Error::NoFunctions {
            root: workspace.root,
        });
    }
    let folder = workspace.root.join(".colonnade");
    state::prepare(&folder)?;
    let settings = settings(cli, &folder)?;
    let listener = settings.bind().await?;
    // Before the build, which takes a while: another process may use the database.
    let functions = Functions::start(&settings, &workspace).await?;

    let progress = Progress::terminal();
    eprintln!("Building {} functions…", workspace.functions.len());
    let begun = Instant::now();
    let built = build(&workspace, &profile(cli), &progress).await?;
    if !built.complete {
        functions.stop().await;
        return Err(Error::Build);
    }
    eprintln!("Built in {:.1} s.", begun.elapsed().as_secs_f64());

    let authorizer = settings.authorizer.clone();
    let server = Server::with(settings, listener, functions, &workspace, &built.programs).await?;
    introduce(cli, &server, &workspace, &authorizer);
    Ok((server, workspace, progress))
}

fn profile(cli: &Cli) -> Profile {
    Profile {
        name: cli.serve.profile.clone(),
        debug: cli.serve.execution.debug.clone(),
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
        (None, false) => database_file(folder.join("dynamodb.sqlite"))?,
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
fn introduce(cli: &Cli, server: &Server, workspace: &Workspace, authorizer: &Authorizer) {
    let url = server.url();
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

/// Builds and replaces changed functions until it is dropped.
async fn watch(
    cli: &Cli,
    server: &Server,
    mut workspace: Workspace,
    progress: &Progress,
) -> Result<(), Error> {
    if cli.serve.no_watch {
        return std::future::pending().await;
    }
    let mut watch = Watch::start(&workspace)?;
    loop {
        let changes = watch.changes(&workspace).await;
        if changes.iter().any(|path| declares(path, &workspace)) {
            match Workspace::load(Some(&workspace.root.join("Cargo.toml"))) {
                Ok(changed) => workspace = changed,
                Err(error) => {
                    let error = chain(&Error::Workspace(error));
                    eprintln!("error: {error}\nServing as before.");
                    continue;
                }
            }
            watch.follow(&workspace)?;
        }
        let begun = Instant::now();
        let built = build(&workspace, &profile(cli), progress).await?;
        match server.replace(&workspace, &built.programs).await {
            Ok(changes) => report(&built, &changes, begun.elapsed()),
            Err(error) => eprintln!("error: {}\nServing as before.", chain(&error)),
        }
    }
}

/// Whether a changed path may change declarations: a manifest, or a folder that was added or removed.
fn declares(path: &Path, workspace: &Workspace) -> bool {
    let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
    let is_folder = |folder: &Path| folder.parent() == path.parent() || folder == path;
    is_manifest || workspace.functions.iter().any(|f| is_folder(&f.folder))
}

fn report(built: &Built, changes: &Changes, took: Duration) {
    let took = took.as_secs_f64();
    if !changes.deployed.is_empty() {
        eprintln!("Replaced {} in {took:.1} s.", changes.deployed.join(", "));
    }
    if !changes.removed.is_empty() {
        eprintln!("Removed {}.", changes.removed.join(", "));
    }
    if !built.complete {
        eprintln!("Functions that do not compile are served as before.");
    }
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
