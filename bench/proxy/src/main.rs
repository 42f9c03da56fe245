//! A bare proxy between HTTP and processes of one function, to compare front doors with:
//!
//! ```sh
//! proxy PORT PROCESSES PROGRAM
//! ```
//!
//! It has no routes, limits, authorizers or logs. Each request is sent as the same event to the next process that waits.

use std::{
    collections::HashMap,
    env,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot},
};

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Sender = oneshot::Sender<Bytes>;

const EVENT: &str = r#"{"version":"2.0","rawPath":"/","headers":{}}"#;
/// In 2100, in milliseconds.
const DEADLINE: &str = "4102444800000";

/// The requests that wait for a process, and those that a process has.
struct Proxy {
    queue: mpsc::UnboundedSender<Sender>,
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Sender>>,
    running: Mutex<HashMap<String, Sender>>,
    next_id: AtomicU64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [port, processes, program] = arguments.as_slice() else {
        return Err("usage: proxy PORT PROCESSES PROGRAM".into());
    };
    let (queue, waiting) = mpsc::unbounded_channel();
    let proxy = Arc::new(Proxy {
        queue,
        waiting: waiting.into(),
        running: Mutex::default(),
        next_id: AtomicU64::new(0),
    });
    let runtime_api = TcpListener::bind("127.0.0.1:0").await?;
    let address = runtime_api.local_addr()?.to_string();
    let door = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let _processes = (0..processes.parse()?)
        .map(|_| start(program, &address))
        .collect::<Result<Vec<_>, _>>()?;

    tokio::try_join!(
        serve(runtime_api, Arc::clone(&proxy), invocation),
        serve(door, proxy, answer)
    )?;
    Ok(())
}

fn start(program: &str, address: &str) -> Result<Child, Failure> {
    let child = Command::new(program)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Serves the connections of a listener until accepting one fails.
async fn serve<F, R>(listener: TcpListener, proxy: Arc<Proxy>, respond: F) -> Result<(), Failure>
where
    F: Fn(Arc<Proxy>, Request<Incoming>) -> R + Copy + Send + Sync + 'static,
    R: Future<Output = Result<Response<Full<Bytes>>, Failure>> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let proxy = Arc::clone(&proxy);
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(Arc::clone(&proxy), request));
            // A client may end at any time, and with it the connection.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Answers a client with the body that a function returns.
async fn answer(proxy: Arc<Proxy>, _: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
    let (sender, response) = oneshot::channel();
    proxy.queue.send(sender)?;
    let returned: Value = serde_json::from_slice(&response.await?)?;
    let body = returned["body"]
        .as_str()
        .ok_or("the response has no body")?;
    Ok(Response::new(Full::from(body.to_owned())))
}

/// The Runtime API: hands out the next request, or takes the response to one.
async fn invocation(
    proxy: Arc<Proxy>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Failure> {
    let path = request.uri().path().to_owned();
    if let Some(id) = path
        .strip_suffix("/response")
        .and_then(|path| path.rsplit('/').next())
    {
        let body = request.into_body().collect().await?.to_bytes();
        let sender = proxy
            .running
            .lock()
            .expect("no thread panics with the lock")
            .remove(id);
        // The client may have gone.
        let _ = sender
            .ok_or("the response belongs to no request")?
            .send(body);
        let accepted = Response::builder().status(StatusCode::ACCEPTED);
        return Ok(accepted.body(Full::from("{}"))?);
    }
    let sender = proxy
        .waiting
        .lock()
        .await
        .recv()
        .await
        .ok_or("the proxy has ended")?;
    let id = proxy.next_id.fetch_add(1, Ordering::Relaxed).to_string();
    proxy
        .running
        .lock()
        .expect("no thread panics with the lock")
        .insert(id.clone(), sender);
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", DEADLINE)
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:f",
        )
        .header("content-type", "application/json");
    Ok(response.body(Full::from(EVENT))?)
}
