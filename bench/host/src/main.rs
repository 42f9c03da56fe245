//! Runs a function once behind a Lambda Runtime API, with DynamoDB over TLS, and prints what it measured as JSON:
//!
//! ```sh
//! host EVENTS ROOTS COUNT PROGRAM [ARGUMENT]...
//! ```
//!
//! `EVENTS` is a file with a JSON list of events, which are repeated until there are `COUNT`. With a `COUNT` of 0, the
//! database refuses connections, and the function ends when it asks for its first event. `ROOTS` is the file of the
//! certificates that a machine trusts; the function gets them with the certificate of this database. `PROGRAM` is the
//! function, or a program such as valgrind that runs it.

mod database;
mod process;
mod runtime_api;

use std::{
    env, fs,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::Value;
use tokio::process::Command;

use crate::{process::Usage, runtime_api::RuntimeApi};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// The variables that Lambda sets, with the names of the tables.
const ENVIRONMENT: [(&str, &str); 17] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_SESSION_TOKEN", "token"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("TABLE_IDEMPOTENCY", "idempotency"),
    ("TABLE_ORDERS", "orders"),
    ("TABLE_PRODUCTS", "products"),
    ("TABLE_RESERVATIONS", "reservations"),
    ("TABLE_USERS", "users"),
    ("_HANDLER", "bootstrap"),
];

/// An endpoint that refuses connections.
const CLOSED: &str = "https://localhost:1";

/// How long a function may run.
const TIMEOUT: Duration = Duration::from_secs(300);

/// One run. Times are in microseconds.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    init: f64,
    first: f64,
    warm: Vec<f64>,
    init_cpu: f64,
    first_cpu: f64,
    /// Of one warm invocation, on average.
    warm_cpu: f64,
    /// Peak resident memory after init and at the end, in bytes.
    init_memory: u64,
    memory: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [events, roots, count, program @ ..] = arguments.as_slice() else {
        return Err("usage: host EVENTS ROOTS COUNT PROGRAM [ARGUMENT]...".into());
    };
    let [program, arguments @ ..] = program else {
        return Err("give the program to run".into());
    };
    let events: Vec<Value> = serde_json::from_slice(&fs::read(events)?)?;
    let events = events.iter().cycle().take(count.parse()?);
    let events: Vec<_> = events.map(|event| event.to_string().into()).collect();
    let is_init_only = events.is_empty();

    let database = database::serve().await?;
    // The standard Rust TLS loader reads SSL_CERT_FILE, which stands for the store of the system.
    let store = env::temp_dir().join(format!("bench-{}.pem", std::process::id()));
    fs::write(&store, fs::read_to_string(roots)? + &database.certificate)?;
    // This repository's functions read AWS_CA_BUNDLE. Without it they use roots inside their binary, so it has only
    // what they need here.
    let bundle = store.with_extension("ca.pem");
    fs::write(&bundle, &database.certificate)?;
    let (api, address) = RuntimeApi::serve(events).await?;
    let mut function = Command::new(program);
    function
        .args(arguments)
        .env_clear()
        .envs(ENVIRONMENT)
        .env("SSL_CERT_FILE", &store)
        .env(
            "AWS_ENDPOINT_URL_DYNAMODB",
            if is_init_only {
                CLOSED
            } else {
                &database.endpoint
            },
        )
        .env("AWS_LAMBDA_RUNTIME_API", address)
        // The log lines. This program's standard output is its result.
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true);
    if !is_init_only {
        function.env("AWS_CA_BUNDLE", &bundle);
    }
    let started = Instant::now();
    let mut function = function.spawn()?;
    let id = function.id().ok_or("the function has ended")?;

    let measured = tokio::select! {
        measured = tokio::time::timeout(TIMEOUT, measure(&api, id, started, is_init_only)) => {
            measured.map_err(|_| format!("{program} did not finish within {TIMEOUT:?}").into())
        }
        ended = function.wait() => Err(format!("{program} ended with {}", ended?).into()),
    };
    fs::remove_file(&store)?;
    fs::remove_file(&bundle)?;
    let run = measured.and_then(|measured| measured)?;
    process::end(&mut function).await?;
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

async fn measure(
    api: &RuntimeApi,
    id: u32,
    started: Instant,
    is_init_only: bool,
) -> Result<Run, Failure> {
    api.waiting.notified().await;
    let init = Usage::of(id)?;
    if is_init_only {
        return Ok(Run::default());
    }
    api.proceed.notify_one();
    api.waiting.notified().await;
    let first = Usage::of(id)?;
    api.proceed.notify_one();
    api.waiting.notified().await;
    let last = Usage::of(id)?;

    let observed = api.take();
    if let Some(refusal) = observed.refusal {
        return Err(format!("the function did not succeed: {refusal}").into());
    }
    let microseconds = |duration: Duration| duration.as_secs_f64() * 1e6;
    let first_next = observed
        .first_next
        .ok_or("the function asked for no event")?;
    let mut durations = observed.durations.into_iter().map(microseconds);
    let first_duration = durations.next().ok_or("the function answered no event")?;
    let warm: Vec<_> = durations.collect();
    Ok(Run {
        init: microseconds(first_next - started),
        first: first_duration,
        init_cpu: init.cpu,
        first_cpu: first.cpu - init.cpu,
        warm_cpu: (last.cpu - first.cpu) / warm.len().max(1) as f64,
        init_memory: init.memory,
        memory: last.memory,
        warm,
    })
}
