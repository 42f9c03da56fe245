//! The log of a function: its own lines and Lambda's around them.

use lambda_host::{LogFormat, LogSource};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{FUNCTION, Lambda, fields, payload};

// Fact 9.3.
#[tokio::test]
async fn the_functions_lines_stand_between_start_and_end() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("SAY_AT_START".into(), "good morning".into())].into();
        })
        .await;

    payload(lambda.invoke(json!({ "do": "print", "amount": 3 })).await);
    payload(lambda.invoke(json!({ "do": "print", "amount": 3 })).await);

    lambda.log.reports(2).await;
    let lines = lambda.log.until(|_| true).await;
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| match line.source {
            LogSource::Function => line.text.as_str(),
            LogSource::Platform | LogSource::Report { .. } => line.text.split(' ').next().unwrap(),
            LogSource::Host => panic!("{line:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "INIT_START",
            "good morning",
            "START",
            "to stdout",
            "to stderr",
            "yyy",
            "END",
            "REPORT",
            "START",
            "no line endto stdout",
            "to stderr",
            "yyy",
            "END",
            "REPORT",
        ]
    );
    let stream = &lines[0].stream;
    assert!(
        lines
            .iter()
            .all(|line| &*line.function == "pets" && line.stream == *stream)
    );
    let (date, instance) = stream.split_once("/[$LATEST]").unwrap();
    assert_eq!((date.len(), instance.len()), (10, 32), "{stream}");
}

#[tokio::test]
async fn a_line_names_the_invocation_that_was_running() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("SAY_AT_START".into(), "good morning".into())].into();
        })
        .await;
    let (cold, warm) = (Uuid::new_v4(), Uuid::new_v4());

    for id in [cold, warm] {
        let event = json!({ "do": "print", "amount": 3 }).to_string();
        payload(lambda.host.invoke("pets", id, event.into(), None).await);
    }

    lambda.log.reports(2).await;
    let lines = lambda.log.until(|_| true).await;
    let ids: Vec<_> = lines.iter().map(|line| line.request_id).collect();
    let expected = [vec![None; 2], vec![Some(cold); 6], vec![Some(warm); 6]].concat();
    assert_eq!(ids, expected, "{lines:#?}");
    let inits = lines.iter().filter_map(|line| match line.source {
        LogSource::Report { init } => Some(init.is_some()),
        _ => None,
    });
    assert_eq!(inits.collect::<Vec<_>>(), [true, false]);
}

// Fact 9.3.
#[tokio::test]
async fn a_cold_request_reports_its_init_and_a_warm_one_does_not() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    payload(lambda.invoke(json!({})).await);
    payload(lambda.invoke(json!({ "do": "sleep", "amount": 20 })).await);

    let lines = lambda.log.reports(2).await;
    let milliseconds = |report: &std::collections::BTreeMap<String, String>, name: &str| {
        report[name]
            .strip_suffix(" ms")
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    let (cold, warm) = (fields(&lines[3]), fields(&lines[6]));
    assert_eq!(
        lines[1].len(),
        "START RequestId:  Version: $LATEST".len() + 36
    );
    assert!(
        lines[3].starts_with("REPORT RequestId: ") && lines[3].ends_with(" ms\t"),
        "{lines:#?}"
    );
    assert!(lines[6].ends_with(" MB\t"), "{lines:#?}");
    let sum = milliseconds(&cold, "Init Duration") + milliseconds(&cold, "Duration");
    let billed = milliseconds(&cold, "Billed Duration");
    assert!((sum - 0.01..sum + 1.01).contains(&billed), "{lines:#?}");
    assert!(
        (20.0..2_000.0).contains(&milliseconds(&warm, "Duration")),
        "{lines:#?}"
    );
    assert!(!warm.contains_key("Init Duration"), "{lines:#?}");
    let used = warm["Max Memory Used"]
        .strip_suffix(" MB")
        .unwrap()
        .parse::<u64>()
        .unwrap();
    assert!((1..128).contains(&used), "{lines:#?}");
}

// Fact 9.3.
#[tokio::test]
async fn in_json_each_platform_line_is_a_record() {
    let lambda = Lambda::with(|settings| settings.log_format = LogFormat::Json);
    lambda.deploy(FUNCTION, |_| {}).await;

    payload(lambda.invoke(json!({})).await);

    let lines = lambda.log.reports(1).await;
    let records: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = records.iter().map(|record| &record["type"]).collect();
    assert_eq!(
        kinds,
        ["platform.initStart", "platform.start", "platform.report"],
        "{lines:#?}"
    );
    let init = &records[0]["record"];
    assert_eq!(init["initializationType"], "on-demand");
    assert_eq!(init["phase"], "init");
    assert_eq!(init["functionName"], "pets");
    assert_eq!(init["functionVersion"], "$LATEST");
    assert_eq!(init["instanceMaxMemory"], 128 * 1024 * 1024);
    assert!(
        init["instanceId"]
            .as_str()
            .unwrap()
            .contains("/pets[$LATEST]"),
        "{init}"
    );
    let start = &records[1]["record"];
    assert_eq!(
        start["functionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:pets"
    );
    assert_eq!(start["version"], "$LATEST");
    let report = &records[2]["record"];
    assert_eq!(report["requestId"], start["requestId"]);
    assert_eq!(report["status"], "success");
    assert_eq!(report["metrics"]["memorySizeMB"], 128);
    assert!(report["metrics"]["initDurationMs"].is_f64(), "{report}");
    assert_eq!(
        records[0]["time"].as_str().unwrap().len(),
        "2026-10-08T07:30:27.768Z".len()
    );
}

#[tokio::test]
async fn a_line_of_seven_megabytes_is_passed_on_in_pieces() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    let length = 7 * 1024 * 1024;

    payload(
        lambda
            .invoke(json!({ "do": "print", "amount": length }))
            .await,
    );

    lambda.log.reports(1).await;
    let lines = lambda.log.until(|_| true).await;
    let letters: usize = lines
        .iter()
        .filter(|line| line.source == LogSource::Function && line.text.starts_with('y'))
        .map(|line| line.text.len())
        .sum();
    assert_eq!(letters, length);
}
