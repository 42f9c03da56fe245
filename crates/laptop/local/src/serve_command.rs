//! `cargo local` without a command: builds, serves, watches, and shuts down.

use std::{
    net::SocketAddr,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use dynamodb_host::{FaultSettings, Storage};
use manifest::{ApiKind, Workspace};
use request_log::{Output, RecordFile, say};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    banner,
    cli::{Cli, LogFormat},
    edit_loop::{self, EditLoop, count},
    error::Error,
    functions::Functions,
    issuer::Issuer,
    server::{Server, read_principals},
    server_record::ServerRecord,
    settings::{Authorizer, Settings},
    state,
    usage::Usage,
};

/// The time that the last threads have to end.
const LAST: Duration = Duration::from_millis(500);

/// Serves until interrupted.
pub(crate) fn run(cli: &Cli) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads())
        .enable_all()
        .build()
        .map_err(Error::System)?;
    let outcome = runtime.block_on(until_stopped(cli));
    // Remaining tasks are dropped, and their processes are killed.
    runtime.shutdown_timeout(LAST);
    outcome
}

/// Returns the number of threads that serve requests: half of the cores, because the functions and the database need the
/// others. With more threads, a request takes longer, since more of them are woken up for it.
fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (cores / 2).max(1)
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
    let settings = settings(cli, &workspace, &folder)?;
    let listener = settings.bind().await?;
    let functions = Functions::start(&settings, &workspace).await?;
    let server = Server::start(settings, listener, functions, &workspace).await?;
    Ok((server, workspace))
}

/// Builds the functions, says that they are served, and follows edits until it is dropped.
async fn serve(cli: &Cli, server: &Server, workspace: Workspace) -> Result<(), Error> {
    say(&format!(
        "Building {}. Each answers on {} once it is built.",
        count(workspace.functions.len(), "function"),
        server.url()
    ));
    let mut edit_loop = EditLoop::start(cli, server, workspace)?;
    edit_loop.first_build().await?;
    introduce(cli, server, edit_loop.workspace());
    loop {
        edit_loop.follow_edits().await?;
    }
}

fn settings(cli: &Cli, workspace: &Workspace, folder: &Path) -> Result<Settings, Error> {
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
    let output = match arguments.log_format {
        format if arguments.quiet => Output::none(format.into()),
        LogFormat::Json => Output::json(),
        LogFormat::Text => Output::text(arguments.verbose, open_records(folder)?),
    };
    let api = arguments.api.unwrap_or(workspace.api.kind);
    let usage = match api {
        ApiKind::Http => Usage::default(),
        ApiKind::Rest => Usage::open(folder, !arguments.ephemeral)?,
    };
    Ok(Settings {
        address: SocketAddr::new(arguments.host, arguments.port),
        api,
        stage: arguments
            .stage
            .as_ref()
            .unwrap_or(&workspace.api.stage)
            .clone(),
        storage,
        authorizer,
        cors_origins: arguments.cors_origin.clone(),
        usage,
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

/// Opens the file of the last requests, for `cargo local logs`.
fn open_records(folder: &Path) -> Result<RecordFile, Error> {
    RecordFile::open(folder).map_err(|source| Error::State {
        path: folder.to_path_buf(),
        source,
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

/// Prints the address, the routes and a request to try.
fn introduce(cli: &Cli, server: &Server, workspace: &Workspace) {
    if cli.serve.log_format == LogFormat::Json {
        println!("{}", ready_line(server, workspace));
    } else {
        print!("{}", banner::text(cli, server, workspace));
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
