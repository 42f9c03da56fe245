//! A host, functions on it, and its log to wait for.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use lambda_host::{FunctionConfiguration, Host, InvokeOutcome, LogLine, LogSource, Settings};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

/// The function on the official runtime, `examples/function.rs`.
pub(crate) const FUNCTION: &str = "function";

/// The function that speaks the Runtime API by hand, `examples/protocol.rs`.
pub(crate) const PROTOCOL: &str = "protocol";

pub(crate) struct Lambda {
    pub(crate) host: Arc<Host>,
    pub(crate) log: Log,
}

#[derive(Clone)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<LogLine>>>,
    count: watch::Sender<usize>,
}

impl Lambda {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let log = Log {
            lines: Arc::default(),
            count: watch::Sender::new(0),
        };
        let sink = log.clone();
        let mut settings = Settings::new(move |line| sink.push(line));
        change(&mut settings);
        let host = Arc::new(Host::start(settings).unwrap());
        Self { host, log }
    }

    /// Deploys a function of 128 MB and 30 s, changed as the test needs it.
    pub(crate) async fn deploy(
        &self,
        example: &str,
        change: impl FnOnce(&mut FunctionConfiguration),
    ) {
        let mut function = configuration(example);
        change(&mut function);
        self.host.deploy(function).await.unwrap();
    }

    /// Invokes the function `pets`.
    pub(crate) async fn invoke(&self, event: Value) -> InvokeOutcome {
        self.host
            .invoke("pets", Uuid::new_v4(), Bytes::from(event.to_string()), None)
            .await
    }

    /// Invokes it in a task of its own.
    pub(crate) fn send(&self, event: Value) -> tokio::task::JoinHandle<InvokeOutcome> {
        let host = Arc::clone(&self.host);
        tokio::spawn(async move {
            host.invoke("pets", Uuid::new_v4(), Bytes::from(event.to_string()), None)
                .await
        })
    }
}

/// Waits until the condition holds.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(2));
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it never happened"
        );
        looks.tick().await;
    }
}

impl Log {
    fn push(&self, line: LogLine) {
        // Not under the lock, which whoever waits takes while it looks.
        self.lines.lock().unwrap().push(line);
        self.count.send_modify(|count| *count += 1);
    }

    /// The texts of all lines, once the condition holds of them.
    pub(crate) async fn until(
        &self,
        mut condition: impl FnMut(&[LogLine]) -> bool,
    ) -> Vec<LogLine> {
        let mut count = self.count.subscribe();
        let holds = count.wait_for(|_| condition(&self.lines.lock().unwrap()));
        let waited = tokio::time::timeout(Duration::from_secs(60), holds)
            .await
            .map(|_| ());
        let lines = self.lines.lock().unwrap().clone();
        assert!(waited.is_ok(), "it never happened; the log: {lines:#?}");
        lines
    }

    /// The platform's lines until there are `reports` reports.
    pub(crate) async fn reports(&self, reports: usize) -> Vec<String> {
        let is_report = |line: &&LogLine| matches!(line.source, LogSource::Report { .. });
        let lines = self
            .until(|lines| lines.iter().filter(is_report).count() >= reports)
            .await;
        let platform = lines
            .into_iter()
            .filter(|line| !matches!(line.source, LogSource::Function | LogSource::Host));
        platform.map(|line| line.text).collect()
    }
}

pub(crate) fn configuration(example: &str) -> FunctionConfiguration {
    FunctionConfiguration {
        name: "pets".into(),
        binary: binary(example),
        memory_mb: 128,
        timeout: Duration::from_secs(30),
        reserved_concurrency: None,
        environment: [].into(),
        debugger: None,
    }
}

/// `cargo test` puts examples beside the folder of the tests.
pub(crate) fn binary(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join(example);
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build -p lambda-host --examples` first, or the tests without --test",
        binary.display()
    );
    binary
}

pub(crate) fn payload(outcome: InvokeOutcome) -> Value {
    match outcome {
        InvokeOutcome::Payload(payload) => serde_json::from_slice(&payload).unwrap(),
        other => panic!("not a payload: {other:?}"),
    }
}

pub(crate) fn function_error(outcome: InvokeOutcome) -> Value {
    match outcome {
        InvokeOutcome::FunctionError(payload) => serde_json::from_slice(&payload).unwrap(),
        other => panic!("not a function error: {other:?}"),
    }
}

/// The error without the request's id.
pub(crate) fn without_request_id(mut error: Value) -> Value {
    let message = error["errorMessage"].as_str().unwrap().to_owned();
    let id = message
        .strip_prefix("RequestId: ")
        .and_then(|rest| rest.get(..36))
        .unwrap()
        .to_owned();
    assert!(uuid::Uuid::try_parse(&id).is_ok(), "{message}");
    error["errorMessage"] = json!(message.replace(&id, "<id>"));
    error
}

/// Every field of the line after its keyword, by name.
pub(crate) fn fields(line: &str) -> std::collections::BTreeMap<String, String> {
    let (_, fields) = line.split_once(' ').unwrap();
    fields
        .split('\t')
        .filter_map(|field| field.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
