//! Sends GET requests, one after the other on each connection, and prints their rate and durations as JSON:
//!
//! ```sh
//! load ADDRESS PATH CONNECTIONS SECONDS
//! ```
//!
//! Every response must have the status 200. A server may leave requests without a response: they do not count.

use std::{
    env,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::TcpStream, task::JoinSet, time::timeout_at};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Not measured, so that caches are filled and processes started.
const WARM_UP: Duration = Duration::from_secs(2);

/// The durations are in microseconds.
#[derive(Serialize)]
struct Load {
    #[serde(rename = "perSecond")]
    per_second: f64,
    /// None if no request was answered.
    p50: Option<f64>,
    p99: Option<f64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [address, path, connections, seconds] = arguments.as_slice() else {
        return Err("usage: load ADDRESS PATH CONNECTIONS SECONDS".into());
    };
    let measured = Duration::from_secs_f64(seconds.parse()?);
    let begin = Instant::now() + WARM_UP;
    let end = begin + measured;

    let mut clients = JoinSet::new();
    for _ in 0..connections.parse::<usize>()? {
        clients.spawn(send(address.clone(), path.clone(), begin, end));
    }
    let mut durations = Vec::new();
    while let Some(sent) = clients.join_next().await {
        durations.extend(sent??);
    }

    durations.sort_unstable();
    let quantile = |share: f64| {
        let index = (share * durations.len() as f64) as usize;
        let duration: Option<&Duration> = durations.get(index);
        duration.map(|duration| duration.as_secs_f64() * 1e6)
    };
    let load = Load {
        per_second: durations.len() as f64 / measured.as_secs_f64(),
        p50: quantile(0.5),
        p99: quantile(0.99),
    };
    println!("{}", serde_json::to_string(&load)?);
    Ok(())
}

/// Sends requests on one connection until `end`. Returns the durations of those that ended after `begin`.
async fn send(
    address: String,
    path: String,
    begin: Instant,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut durations = Vec::new();
    while Instant::now() < end {
        let request = Request::get(&path)
            .header(HOST, &address)
            .body(Empty::<Bytes>::new())?;
        let sent = Instant::now();
        requests.ready().await?;
        let answer = async {
            let response = requests.send_request(request).await?;
            let status = response.status();
            response.into_body().collect().await?;
            Ok::<_, Failure>(status)
        };
        let Ok(status) = timeout_at(end.into(), answer).await else {
            break;
        };
        let status = status?;
        if status != 200 {
            return Err(format!("{path} was answered with {status}").into());
        }
        let ended = Instant::now();
        if (begin..end).contains(&ended) {
            durations.push(ended - sent);
        }
    }
    Ok(durations)
}
