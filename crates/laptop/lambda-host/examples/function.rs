//! A function on the official runtime that does what its event asks for.

use std::{
    env, fs,
    process::exit,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// How many invocations this process has served.
static SERVED: AtomicU64 = AtomicU64::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match env::var("SHUTDOWN").as_deref() {
        // Registers an extension, so that Lambda sends SIGTERM.
        Ok("graceful") => lambda_runtime::spawn_graceful_shutdown_handler(clean_up).await,
        Ok("graceful-but-slow") => {
            lambda_runtime::spawn_graceful_shutdown_handler(std::future::pending).await;
        }
        Ok("without-extension") => {
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::spawn(async move {
                terminate.recv().await;
                clean_up().await;
                exit(0);
            });
        }
        _ => {}
    }
    if let Ok(words) = env::var("SAY_AT_START") {
        println!("{words}");
    }
    match env::var("INIT").as_deref() {
        Ok("exit") => exit(3),
        Ok("slow") => tokio::time::sleep(Duration::from_secs(60)).await,
        Ok("slow-the-first-time") if first_time() => {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Ok("allocate") => allocate(400).await,
        _ => {}
    }
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    SERVED.fetch_add(1, Ordering::Relaxed);
    let amount = payload["amount"].as_u64().unwrap_or_default();
    match payload["do"].as_str().unwrap_or_default() {
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(amount)).await;
            Ok(json!("slept"))
        }
        "panic" => panic!("at the disco"),
        "fail" => Err("no such pet".into()),
        "exit" => exit(i32::try_from(amount)?),
        "abort" => std::process::abort(),
        "letters" => Ok(json!("x".repeat(usize::try_from(amount)?))),
        "allocate" => {
            allocate(usize::try_from(amount)?).await;
            Ok(json!("allocated"))
        }
        "leave-a-task" => {
            // Goes on after the answer, until the process is frozen.
            let file = payload["file"].as_str().unwrap_or_default().to_owned();
            let unfinished = format!("{file}.unfinished");
            tokio::spawn(async move {
                let mut count = 0_u64;
                loop {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    count += 1;
                    // Renamed, so that a reader never finds a file that is written in part.
                    let _ = fs::write(&unfinished, count.to_string())
                        .and_then(|()| fs::rename(&unfinished, &file));
                }
            });
            Ok(json!({ "process": std::process::id() }))
        }
        "burn" => {
            // Uses CPU time, and answers how long that took.
            let begun = std::time::Instant::now();
            let until = cpu_time()? + Duration::from_millis(amount);
            while cpu_time()? < until {
                std::hint::black_box((0..10_000_u64).map(std::hint::black_box).sum::<u64>());
            }
            Ok(json!(u64::try_from(begun.elapsed().as_millis())?))
        }
        "print" => {
            println!("to stdout");
            eprintln!("to stderr");
            println!("{}", "y".repeat(usize::try_from(amount)?));
            print!("no line end");
            Ok(json!("printed"))
        }
        "environment" => Ok(json!(
            env::vars().collect::<std::collections::BTreeMap<_, _>>()
        )),
        "context" => {
            let trace = env::var("_X_AMZN_TRACE_ID")?;
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
            Ok(json!({
                "requestId": context.request_id,
                "arn": context.invoked_function_arn,
                "trace": trace,
                "remaining": context.deadline.saturating_sub(u64::try_from(now.as_millis())?),
            }))
        }
        "memories" => {
            let file = env::temp_dir().join("visits");
            let visits = fs::read_to_string(&file).unwrap_or_default() + "I";
            fs::write(file, &visits)?;
            Ok(json!({
                "tmp": visits.len(),
                "globals": SERVED.load(Ordering::Relaxed),
                "process": std::process::id(),
            }))
        }
        "hold" => {
            // Reports that it runs, and runs until the test releases it.
            let folder = std::path::Path::new(payload["folder"].as_str().unwrap_or_default());
            fs::write(folder.join(&context.request_id), "")?;
            while !folder.join("enough").exists() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(json!(env::var("EDITION").unwrap_or_default()))
        }
        "spawn" => {
            let child = std::process::Command::new("sleep").arg("600").spawn()?;
            Ok(json!({ "child": child.id(), "process": std::process::id() }))
        }
        _ => Ok(json!({ "echo": payload, "edition": env::var("EDITION").unwrap_or_default() })),
    }
}

/// The CPU time of this thread.
fn cpu_time() -> Result<Duration, Error> {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = schedule.split(' ').next().unwrap_or_default();
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Writes a file that a test can find.
async fn clean_up() {
    if let Ok(file) = env::var("CLEAN_UP_FILE") {
        let _ = fs::write(file, "cleaned up");
    }
}

fn first_time() -> bool {
    let marker = env::temp_dir().join("started");
    let first = !marker.exists();
    fs::write(marker, "").expect("the environment's own folder can be written");
    first
}

async fn allocate(megabytes: usize) {
    let mut held = Vec::new();
    for _ in 0..megabytes {
        held.push(vec![1_u8; 1024 * 1024]);
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    drop(held);
}
