//! `cargo local db`: the database of a running server, or of the file that it leaves.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use dynamodb_host::{DynamoDb, Storage};
use manifest::Workspace;

use crate::{
    cli::Cli,
    database_arguments::{DatabaseArguments, DatabaseCommand},
    database_client::DatabaseClient,
    database_error::DatabaseError,
    error::Error,
    json_lines,
    server_record::ServerRecord,
    state,
};

/// Runs the command.
pub(crate) fn run(cli: &Cli, arguments: &DatabaseArguments) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Error::System)?;
    runtime.block_on(async {
        match &arguments.command {
            None => show(cli, arguments).await,
            Some(DatabaseCommand::Reset { yes }) => reset(cli, arguments, *yes).await,
            Some(DatabaseCommand::Export { table }) => {
                let opened = Opened::new(cli, arguments, &BTreeMap::new()).await?;
                let exported = export(&opened.client, table).await;
                opened.close().await;
                Ok(exported?)
            }
            Some(DatabaseCommand::Import { table, file }) => {
                // A new database file has no tables yet.
                let workspace = Workspace::load(cli.manifest_path.as_deref());
                let workspace = workspace.map_err(Error::Workspace)?;
                let opened = Opened::new(cli, arguments, &workspace.tables).await?;
                let imported = import(&opened.client, table, file.as_deref()).await;
                opened.close().await;
                Ok(imported?)
            }
        }
    })
}

/// Prints how to reach the database of the running server, as lines for a shell.
async fn show(cli: &Cli, arguments: &DatabaseArguments) -> Result<(), Error> {
    let Some(server) = running(cli, arguments).await? else {
        let file = file(cli, arguments)?;
        return Err(DatabaseError::NotRunning { file }.into());
    };
    match &server.file {
        Some(file) => eprintln!("The database of {} is {}.", server.url, file.display()),
        None => eprintln!("The database of {} is in memory.", server.url),
    }
    eprintln!("For the AWS CLI: eval \"$(cargo local db)\"");
    let ServerRecord {
        database,
        access_key_id,
        secret_access_key,
        session_token,
        ..
    } = &server;
    println!("export AWS_ENDPOINT_URL_DYNAMODB={database}");
    println!("export AWS_ACCESS_KEY_ID={access_key_id}");
    println!("export AWS_SECRET_ACCESS_KEY={secret_access_key}");
    println!("export AWS_SESSION_TOKEN={session_token}");
    // SDKs and version 1 of the CLI read different variables.
    println!("export AWS_REGION=us-east-1");
    println!("export AWS_DEFAULT_REGION=us-east-1");
    Ok(())
}

/// Deletes the database file.
async fn reset(cli: &Cli, arguments: &DatabaseArguments, yes: bool) -> Result<(), Error> {
    if let Some(server) = running(cli, arguments).await? {
        return Err(DatabaseError::Serving { url: server.url }.into());
    }
    let file = file(cli, arguments)?;
    if !file.exists() {
        return Err(DatabaseError::NoFile { file }.into());
    }
    if !yes && !confirmed(&file) {
        return Err(DatabaseError::NotConfirmed.into());
    }
    dynamodb_host::delete(&file)?;
    eprintln!("Deleted {}.", file.display());
    Ok(())
}

/// Asks for a confirmation. Without a terminal, the answer is no.
fn confirmed(file: &Path) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("Delete {} with all items? [y/N] ", file.display());
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Prints every item of a table.
async fn export(client: &DatabaseClient, table: &str) -> Result<(), DatabaseError> {
    check_table(client, table).await?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    let (mut start, mut count) = (None, 0_usize);
    loop {
        let page = client.page(table, start).await;
        let (items, next) = page.map_err(|source| DatabaseError::Read {
            table: table.to_owned(),
            source,
        })?;
        for item in items {
            json_lines::write(&mut output, &item).map_err(DatabaseError::Output)?;
            count += 1;
        }
        if next.is_none() {
            break;
        }
        start = next;
    }
    output.flush().map_err(DatabaseError::Output)?;
    eprintln!("Exported {}.", item_count(count));
    Ok(())
}

/// Writes the items of a file or of standard input. Checks every line before it writes the first item.
async fn import(
    client: &DatabaseClient,
    table: &str,
    file: Option<&Path>,
) -> Result<(), DatabaseError> {
    check_table(client, table).await?;
    let input: Box<dyn BufRead> = match file {
        Some(file) => {
            let opened = std::fs::File::open(file).map_err(|source| DatabaseError::Input {
                file: file.to_path_buf(),
                source,
            })?;
            Box::new(BufReader::new(opened))
        }
        None => Box::new(std::io::stdin().lock()),
    };
    let items = json_lines::read(input).map_err(DatabaseError::BadLines)?;
    for (written, (line, item)) in items.iter().enumerate() {
        let put = client.put(table, item).await;
        put.map_err(|source| DatabaseError::Write {
            line: *line,
            written,
            source,
        })?;
    }
    eprintln!("Imported {}.", item_count(items.len()));
    Ok(())
}

fn item_count(count: usize) -> String {
    match count {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

async fn check_table(client: &DatabaseClient, table: &str) -> Result<(), DatabaseError> {
    let tables = client.tables().await.map_err(DatabaseError::Tables)?;
    if tables.iter().any(|name| name == table) {
        return Ok(());
    }
    Err(DatabaseError::NoTable {
        table: table.to_owned(),
        tables,
    })
}

/// A database to call: that of a running server, or one that is started for this command.
struct Opened {
    client: DatabaseClient,
    started: Option<DynamoDb>,
}

impl Opened {
    async fn new(
        cli: &Cli,
        arguments: &DatabaseArguments,
        tables: &BTreeMap<String, manifest::Table>,
    ) -> Result<Self, Error> {
        if let Some(server) = running(cli, arguments).await? {
            return Ok(Self {
                client: DatabaseClient::new(&server.database, &server.access_key_id),
                started: None,
            });
        }
        let file = file(cli, arguments)?;
        if tables.is_empty() && !file.exists() {
            return Err(DatabaseError::NoFile { file }.into());
        }
        state::prepare(&cli.state_folder()?)?;
        state::prepare_file(&file)?;
        let started = DynamoDb::start(Storage::File(file), tables).await?;
        Ok(Self {
            client: DatabaseClient::new(started.endpoint(), &started.owner().access_key_id),
            started: Some(started),
        })
    }

    async fn close(self) {
        if let Some(started) = self.started {
            started.stop().await;
        }
    }
}

/// The database file of the arguments.
fn file(cli: &Cli, arguments: &DatabaseArguments) -> Result<PathBuf, Error> {
    match &arguments.database {
        Some(file) => Ok(file.clone()),
        None => Ok(cli.state_folder()?.join(state::DATABASE_FILE)),
    }
}

/// Returns the running server of the arguments. Removes the records of servers that have ended.
async fn running(cli: &Cli, arguments: &DatabaseArguments) -> Result<Option<ServerRecord>, Error> {
    let mut servers = Vec::new();
    for (path, server) in ServerRecord::read_all(&cli.state_folder()?)? {
        let client = DatabaseClient::new(&server.database, &server.access_key_id);
        // Another program may have taken the port; it does not know the credentials.
        match client.tables().await {
            Ok(_) => servers.push(server),
            Err(error) if error.is_timeout() => return Err(DatabaseError::Tables(error).into()),
            Err(_) => {
                let _ = std::fs::remove_file(path);
            }
        }
    }
    if let Some(port) = arguments.port {
        servers.retain(|server| server.url.ends_with(&format!(":{port}")));
        if servers.is_empty() {
            return Err(DatabaseError::NotOnPort { port }.into());
        }
    }
    if let Some(file) = &arguments.database {
        let same = |other: &PathBuf| other.canonicalize().ok() == file.canonicalize().ok();
        servers.retain(|server| server.file.as_ref().is_some_and(same));
    }
    if servers.len() > 1 {
        let urls = servers.into_iter().map(|server| server.url).collect();
        return Err(DatabaseError::Several { urls }.into());
    }
    Ok(servers.pop())
}
