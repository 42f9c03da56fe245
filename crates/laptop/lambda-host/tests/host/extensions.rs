//! The Extensions API, as a function's process calls it for its internal extensions.

use lambda_host::{InvokeOutcome, LogSource};
use serde_json::{Value, json};

use crate::support::{Lambda, PROTOCOL, function_error};

async fn with_extensions() -> Lambda {
    let lambda = Lambda::new();
    lambda
        .deploy(PROTOCOL, |function| {
            function.environment = [("INIT".into(), "extension".into())].into();
        })
        .await;
    lambda
}

async fn text(lambda: &Lambda, event: &str) -> String {
    match lambda.invoke(json!(event)).await {
        InvokeOutcome::Payload(payload) => String::from_utf8(payload.to_vec()).unwrap(),
        other => panic!("{event}: {other:?}"),
    }
}

// Fact 9.1.
#[tokio::test]
async fn extensions_register_during_init_with_invoke_alone() {
    let lambda = with_extensions().await;

    text(&lambda, "register-late").await;
    let heard = text(&lambda, "heard").await;

    let refused = |error_type: &str, message: &str| {
        format!(r#"403 {{"errorMessage":"{message}","errorType":"Extension.{error_type}"}}"#)
    };
    let expected = [
        r#"200 {"functionName":"pets","functionVersion":"$LATEST","handler":"bootstrap","accountId":"000000000000"}"#.to_owned(),
        refused("InvalidExtensionState", "Extension with this name already registered"),
        refused("InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"),
        refused("InvalidEventType", "PAUSE: ErrorInvalidEventType"),
        r#"403 {"errorMessage":"expected ident at line 1 column 2","errorType":"InvalidRequestFormat"}"#.to_owned(),
        refused("InvalidExtensionName", "Empty extension name"),
        refused("MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"),
        refused("InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"),
        refused(
            "UnknownExtensionIdentifier",
            "Unknown extension 00000000-0000-0000-0000-000000000000",
        ),
        refused("MissingHeader", "Lambda-Extension-Function-Error-Type not found"),
        refused("RegistrationClosed", "Extension registration closed already"),
    ];
    let heard: Vec<_> = heard.lines().collect();
    assert_eq!(heard, expected);
}

// Fact 9.1.
#[tokio::test]
async fn a_subscribed_extension_receives_each_invocation() {
    let lambda = with_extensions().await;

    text(&lambda, "first").await;
    text(&lambda, "second").await;

    let lines = lambda
        .log
        .until(|lines| {
            lines
                .iter()
                .filter(|line| line.text.contains("INVOKE"))
                .count()
                == 2
        })
        .await;
    let starts = lines
        .iter()
        .filter_map(|line| line.text.strip_prefix("START RequestId: "));
    let requests: Vec<_> = starts.map(|line| line[..36].to_owned()).collect();
    let events: Vec<Value> = lines
        .iter()
        .filter(|line| line.source == LogSource::Function)
        .map(|line| serde_json::from_str(line.text.strip_prefix("200 ").unwrap()).unwrap())
        .collect();
    for (event, request) in events.iter().zip(&requests) {
        assert_eq!(event["eventType"], "INVOKE");
        assert_eq!(event["requestId"], *request);
        assert!(event["deadlineMs"].is_u64(), "{event}");
        assert_eq!(
            event["invokedFunctionArn"],
            "arn:aws:lambda:us-east-1:000000000000:function:pets"
        );
        assert_eq!(event["tracing"]["type"], "X-Amzn-Trace-Id");
    }
    assert_eq!((events.len(), requests.len()), (2, 2));
}

#[tokio::test]
async fn an_exit_error_of_an_extension_ends_the_invocation() {
    let lambda = with_extensions().await;

    let error = function_error(lambda.invoke(json!("exit-error")).await);
    text(&lambda, "after").await;

    assert_eq!(error["errorType"], "Extension.ExitError");
}
