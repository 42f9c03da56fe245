//! `cargo local` without a command: build, serve, watch, and end in order.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use dynamodb_host::{FaultSettings, Storage};
use jiff::{SignedDuration, Timestamp};
use manifest::{Access, Workspace};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    build::{Built, Progress, build},
    cli::Cli,
    error::{Error, chain},
    issuer::{DEFAULT_AUDIENCE, Issuer, TokenRequest},
    output::{LogFormat, Output},
    route_table,
    server::{Changes, Server, read_principals},
    settings::{Authorizer, Settings},
    state,
    watch::Watch,
};

/// How long the last threads may take when everything else has ended.
const LAST: Duration = Duration::from_millis(500);

/// Serves until interrupted.
pub(crate) fn run(cli: &Cli) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::System)?;
    let outcome = runtime.block_on(until_told(cli));
    // Whatever is left is dropped, and processes are killed with what holds them.
    runtime.shutdown_timeout(LAST);
    outcome
}

async fn until_told(cli: &Cli) -> Result<(), Error> {
    let mut stop = Stop::new()?;
    let (door, workspace, progress) = tokio::select! {
        opened = open(cli) => opened?,
        () = stop.told() => return Ok(()),
    };
    let served = tokio::select! {
        served = watch(cli, &door, workspace, &progress) => served,
        () = stop.told() => Ok(()),
    };
    eprintln!("Stopping; Ctrl-C again stops at once.");
    tokio::select! {
        () = door.close() => served,
        () = stop.told() => Err(Error::Interrupted),
    }
}

/// Everything until the first request can come.
async fn open(cli: &Cli) -> Result<(Server, Workspace, Progress), Error> {
    let arguments = &cli.serve;
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

    let progress = Progress::terminal();
    eprintln!("Building {} functions…", workspace.functions.len());
    let begun = Instant::now();
    let built = build(&workspace, &arguments.profile, &progress).await?;
    if !built.complete {
        return Err(Error::Build);
    }
    eprintln!("Built in {:.1} s.", begun.elapsed().as_secs_f64());

    let authorizer = settings.authorizer.clone();
    let door = Server::open(settings, listener, &workspace, &built.programs).await?;
    introduce(cli, &door, &workspace, &authorizer)?;
    Ok((door, workspace, progress))
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
        (Some(file), false) => Storage::File(file.clone()),
        (None, false) => Storage::File(folder.join("dynamodb.sqlite")),
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

/// The line for programs that start `cargo local --log-format json`: it serves, and where.
fn ready_line(door: &Server, workspace: &Workspace) -> serde_json::Value {
    let functions: Vec<_> = workspace.functions.iter().map(|f| &f.name).collect();
    serde_json::json!({
        "type": "ready",
        "endpoint": door.url(),
        "database": door.database_url(),
        "faults": format!("{}/_faults", door.database_url()),
        "faultToken": door.fault_token(),
        "functions": functions,
    })
}

/// Prints the routes, the address and a request to try.
fn introduce(
    cli: &Cli,
    door: &Server,
    workspace: &Workspace,
    authorizer: &Authorizer,
) -> Result<(), Error> {
    let url = door.url();
    if cli.serve.log_format == LogFormat::Json {
        println!("{}", ready_line(door, workspace));
        return Ok(());
    }
    println!("\n{}", route_table::table(workspace));
    println!("Serving on {url}, Ctrl-C ends it.");
    if cli.serve.faults.is_some() {
        let (database, token) = (door.database_url(), door.fault_token());
        println!("Fault injection is on. To inspect it, or to change it with PUT:");
        println!("\n  curl -H 'Authorization: Bearer {token}' {database}/_faults\n");
    }
    if !cli.serve.host.is_loopback() {
        println!("Other machines can reach it, and so can whoever reaches them.");
    }
    if !door.shows_issuer_documents() && matches!(authorizer, Authorizer::Development { .. }) {
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
        return Ok(());
    };
    match authorizer {
        Authorizer::Development { issuer, audience } if sample.needs_token => {
            let scopes: Vec<&str> = route_table::scopes(workspace).into_iter().collect();
            let token = issuer.token(&TokenRequest {
                subject: "local".to_owned(),
                scope: scopes.join(" "),
                audience: audience
                    .first()
                    .map_or(DEFAULT_AUDIENCE, String::as_str)
                    .to_owned(),
                issued_at: Timestamp::now(),
                expires_in: SignedDuration::from_hours(8),
            })?;
            println!(
                "\n  curl -H 'Authorization: Bearer {token}' {}\n",
                sample.arguments
            );
            println!(
                "Other tokens: cargo local token --sub alice --scope \"{}\"",
                scopes.join(" ")
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
    Ok(())
}

/// Builds and replaces what changes, for as long as it is let.
async fn watch(
    cli: &Cli,
    door: &Server,
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
                    eprintln!("error: {error}\nServing what was served before.");
                    continue;
                }
            }
            watch.follow(&workspace)?;
        }
        let begun = Instant::now();
        let built = build(&workspace, &cli.serve.profile, progress).await?;
        match door.replace(&workspace, &built.programs).await {
            Ok(changes) => report(&built, &changes, begun.elapsed()),
            Err(error) => eprintln!("error: {}\nServing what was served before.", chain(&error)),
        }
    }
}

/// Whether a changed path may change declarations: a manifest, or a folder that came or went.
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
        eprintln!("What does not compile is served as it was before.");
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

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
