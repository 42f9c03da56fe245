//! The environment that a function runs in.

use std::time::Duration;

use bytes::Bytes;
use lambda_host::LogFormat;
use serde_json::json;
use uuid::Uuid;

use crate::support::{FUNCTION, Lambda, payload};

// Fact 9.2.
#[tokio::test]
async fn lambdas_environment_variables_are_set() {
    let lambda = Lambda::with(|settings| {
        settings.region = "eu-north-1".into();
        settings.log_format = LogFormat::Json;
    });
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [
                ("TABLE_PETS".into(), "pets-table".into()),
                ("AWS_ACCESS_KEY_ID".into(), "its own".into()),
                ("AWS_LAMBDA_FUNCTION_NAME".into(), "somebody else".into()),
            ]
            .into();
        })
        .await;

    let variables = payload(lambda.invoke(json!({ "do": "environment" })).await);

    for (name, expected) in [
        ("_HANDLER", "bootstrap"),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_DEFAULT_REGION", "eu-north-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "pets"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/pets"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ("AWS_ACCESS_KEY_ID", "its own"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("TZ", ":UTC"),
        ("LANG", "en_US.UTF-8"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"),
        ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129"),
        ("_AWS_XRAY_DAEMON_PORT", "2000"),
        (
            "PATH",
            "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        ),
        ("TABLE_PETS", "pets-table"),
    ] {
        assert_eq!(variables[name], expected, "{name}");
    }
    for name in [
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LD_LIBRARY_PATH",
        "TMPDIR",
    ] {
        assert!(
            variables[name]
                .as_str()
                .is_some_and(|value| !value.is_empty()),
            "{name}"
        );
    }
    let libraries = variables["LD_LIBRARY_PATH"].as_str().unwrap();
    assert!(
        libraries.starts_with("/var/lang/lib:/lib64:"),
        "{libraries}"
    );
    let address = variables["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap();
    assert!(
        address.parse::<std::net::SocketAddr>().is_ok(),
        "{address} is host:port"
    );
    for name in [
        "AWS_EXECUTION_ENV",
        "CARGO_MANIFEST_DIR",
        "HOME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
    ] {
        assert!(variables.get(name).is_none(), "{name}");
    }
}

// Fact 9.1.
#[tokio::test]
async fn the_deadline_is_true_and_the_trace_is_the_callers() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.timeout = Duration::from_secs(7)
        })
        .await;
    let event = Bytes::from(json!({ "do": "context" }).to_string());
    let root = "Root=1-6a514c09-0123456789abcdef01234567";

    let context = payload(
        lambda
            .host
            .invoke("pets", Uuid::new_v4(), event, Some(root))
            .await,
    );

    let remaining = context["remaining"].as_u64().unwrap();
    assert!((5_000..=7_000).contains(&remaining), "{context}");
    let trace = context["trace"].as_str().unwrap();
    assert!(trace.starts_with(&format!("{root};Parent=")), "{trace}");
    assert!(trace.ends_with(";Sampled=0"), "{trace}");
    assert_eq!(
        context["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:pets"
    );
    let start = &lambda.log.reports(1).await[1];
    assert_eq!(
        *start,
        format!(
            "START RequestId: {} Version: $LATEST",
            context["requestId"].as_str().unwrap()
        )
    );
}

#[cfg(target_os = "linux")]
// Fact 8.2.
#[tokio::test]
async fn a_process_may_have_1024_files_open() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let process = payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone();

    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let numbers: Vec<_> = files.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers, ["1024", "1024"], "{files}");
}
