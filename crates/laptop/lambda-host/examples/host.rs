//! Runs one function and times it: `host PROGRAM [EVENT [REQUESTS [no-freeze]]]`.
//!
//! Prints the last answer and the time from an invocation to its answer. Then it waits until standard
//! input ends.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    io::{Read, stdin},
    time::{Duration, Instant},
};

use bytes::Bytes;
use lambda_host::{FunctionConfiguration, Host, InvokeOutcome, Settings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let program = arguments
        .next()
        .ok_or("usage: host PROGRAM [EVENT [REQUESTS [no-freeze]]]")?;
    let event = Bytes::from(arguments.next().unwrap_or_else(|| "{}".to_owned()));
    let requests: usize = arguments.next().map_or(Ok(1), |number| number.parse())?;

    let mut settings = Settings::new(|_| {});
    settings.freeze = arguments.next().as_deref() != Some("no-freeze");
    let host = Host::start(settings)?;
    let function = FunctionConfiguration {
        name: "function".to_owned(),
        binary: program.into(),
        memory_mb: 128,
        timeout: Duration::from_secs(30),
        reserved_concurrency: None,
        environment: BTreeMap::new(),
        debugger: None,
    };
    host.deploy(function).await?;
    let mut times = Vec::with_capacity(requests);
    let mut answer = Bytes::new();
    for _ in 0..requests {
        let begun = Instant::now();
        match host
            .invoke("function", uuid::Uuid::new_v4(), event.clone(), None)
            .await
        {
            InvokeOutcome::Payload(payload) => answer = payload,
            other => return Err(format!("{other:?}").into()),
        }
        times.push(begun.elapsed());
    }
    println!("{}", String::from_utf8_lossy(&answer));
    let first = times[0];
    times.sort_unstable();
    println!(
        "first {first:?}, median {:?}, 99 of 100 within {:?}",
        times[requests / 2],
        times[requests * 99 / 100]
    );

    tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new())).await??;
    host.shutdown().await;
    Ok(())
}
