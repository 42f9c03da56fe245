use super::*;

fn report(duration: u64, init: Option<u64>, status: Status) -> Report {
    Report {
        request_id: Uuid::nil(),
        duration: Duration::from_micros(duration),
        init: init.map(Duration::from_micros),
        max_memory_mb: 20,
        status,
    }
}

#[test]
fn billed_is_init_and_duration_rounded_up_once() {
    for (init, duration, billed) in [
        (Some(145_399), 3_923_569, 4_069),
        (Some(17_210), 80_520, 98),
        (Some(463_512), 1_233_960, 1_698),
        (None, 1_072_145, 1_073),
        (None, 12_000, 12),
        (None, 12_001, 13),
        (Some(500), 500, 1),
    ] {
        assert_eq!(
            report(duration, init, Status::Success).billed(),
            billed,
            "init {init:?} µs, duration {duration} µs"
        );
    }
}

// Fact 9.3.
#[test]
fn the_text_report_is_lambdas_to_the_tab() {
    let id = Uuid::nil();
    for (report, expected) in [
        (
            report(12_340, Some(17_210), Status::Success),
            "Duration: 12.34 ms\tBilled Duration: 30 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\t\
             Init Duration: 17.21 ms\t",
        ),
        (
            report(12_340, None, Status::Success),
            "Duration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\t",
        ),
        (
            report(1_000_000, None, Status::Timeout),
            "Duration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\t\
             Status: timeout",
        ),
        (
            report(2_000, None, Status::Error("Runtime.ExitError".into())),
            "Duration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\t\
             Status: error\tError Type: Runtime.ExitError",
        ),
    ] {
        assert_eq!(
            report.text(128),
            format!("REPORT RequestId: {id}\t{expected}")
        );
    }
}

// Fact 9.3.
#[test]
fn the_json_report_has_the_fields_of_the_capture_in_their_order() {
    let warm =
        serde_json::to_string(&report(1_072_145, None, Status::Success).record(256)).unwrap();
    let cold =
        serde_json::to_string(&report(1_233_960, Some(463_512), Status::Success).record(256))
            .unwrap();
    let failed = serde_json::to_string(
        &report(1_000, None, Status::Error("Runtime.ExitError".into())).record(256),
    )
    .unwrap();

    assert_eq!(
        warm,
        r#"{"requestId":"00000000-0000-0000-0000-000000000000","metrics":{"durationMs":1072.145,"billedDurationMs":1073,"memorySizeMB":256,"maxMemoryUsedMB":20},"status":"success"}"#
    );
    assert!(
        cold.contains(r#""maxMemoryUsedMB":20,"initDurationMs":463.512},"#),
        "{cold}"
    );
    assert!(
        failed.ends_with(r#""status":"error","errorType":"Runtime.ExitError"}"#),
        "{failed}"
    );
}
