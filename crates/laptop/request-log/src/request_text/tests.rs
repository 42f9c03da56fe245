use std::time::Duration;

use jiff::Timestamp;

use super::*;

fn text(width: Option<usize>) -> RequestText {
    RequestText {
        terminal: Terminal {
            color: false,
            width,
        },
        verbose: false,
        zone: TimeZone::UTC,
    }
}

fn warm() -> RequestRecord {
    RequestRecord {
        time: "2026-11-25T05:24:27.123Z".parse::<Timestamp>().unwrap(),
        request_id: "t1gxvhJg4cHESJw=".to_owned(),
        invocation: Some("8f16eb7c-0000-4000-8000-000000000000".to_owned()),
        method: "GET".to_owned(),
        path: "/notes/1".to_owned(),
        status: 200,
        took: Duration::from_micros(8_400),
        function: Some("notes-get".to_owned()),
        init: None,
        causes: Vec::new(),
        denied: Vec::new(),
        lines: Vec::new(),
        left_out: 0,
    }
}

fn cold() -> RequestRecord {
    RequestRecord {
        method: "DELETE".to_owned(),
        took: Duration::from_millis(1_041),
        init: Some(Duration::from_micros(19_200)),
        ..warm()
    }
}

fn line(source: LineSource, text: &str) -> RecordedLine {
    RecordedLine {
        source,
        text: text.to_owned(),
    }
}

fn failed() -> RequestRecord {
    RequestRecord {
        status: 500,
        causes: vec!["the function failed: access denied".to_owned()],
        denied: vec![DeniedCall {
            function: "notes-get".to_owned(),
            action: "PutItem".to_owned(),
            resource: Some("notes".to_owned()),
            place: Some("functions/notes-get/Cargo.toml:12".to_owned()),
        }],
        lines: vec![
            line(LineSource::Platform, "START RequestId: 8f16eb7c"),
            line(LineSource::Function, "reading\u{1b}[2J"),
            line(LineSource::Metrics, "{\"_aws\":{}}"),
        ],
        ..warm()
    }
}

#[test]
fn the_columns_fit_the_terminal() {
    let path_too_long = RequestRecord {
        path: "/notes/0193a1f2-6d1e-7c3b-9f1a-2b3c4d5e6f70".to_owned(),
        ..warm()
    };
    for (width, record, expected) in [
        (
            None,
            &warm(),
            "05:24:27 200 GET    /notes/1                             8 ms  notes-get                       t1gxvh",
        ),
        (
            Some(100),
            &warm(),
            "05:24:27 200 GET    /notes/1                            8 ms  notes-get                       t1gxvh",
        ),
        (
            Some(100),
            &cold(),
            "05:24:27 200 DELETE /notes/1                         1041 ms  notes-get               cold 19 t1gxvh",
        ),
        (
            Some(80),
            &cold(),
            "05:24:27 200 DELETE /notes/1            1041 ms  notes-get        cold 19 t1gxvh",
        ),
        (
            Some(60),
            &warm(),
            "05:24:27 200 GET    /notes/1           8 ms           t1gxvh",
        ),
        (
            Some(60),
            &cold(),
            "05:24:27 200 DELETE /notes/1        1041 ms  cold 19  t1gxvh",
        ),
        (
            Some(40),
            &cold(),
            "200 DELETE /notes/1       1041 ms t1gxvh",
        ),
        (
            Some(100),
            &path_too_long,
            "05:24:27 200 GET    /notes/0193a1f2-6d1e-7c3b-9f1a-2b3c4d5e6f70 8 ms notes-get                t1gxvh",
        ),
        (
            Some(80),
            &path_too_long,
            "05:24:27 200 GET    /notes/0193a1f2-6d1e-7c3b-9f1a-2b3c4d5e6f70 8 ms      t1gxvh",
        ),
        (
            Some(60),
            &path_too_long,
            "05:24:27 200 GET    /notes/0193a1f2-6d1e-7c3b-9… 8 ms t1gxvh",
        ),
        (
            None,
            &path_too_long,
            "05:24:27 200 GET    /notes/0193a1f2-6d1e-7c3b-9f1a-2b3c4d5e6f70 8 ms notes-get                 t1gxvh",
        ),
    ] {
        let printed = text(width).line(record);

        assert_eq!(printed, expected, "{width:?}");
        assert!(width.is_none_or(|width| console::measure_text_width(&printed) <= width));
    }
}

#[test]
fn the_colors_say_how_a_request_ended() {
    let mut text = text(Some(60));
    text.terminal.color = true;
    for (status, color) in [(200, 32), (304, 32), (404, 33), (500, 31)] {
        let record = RequestRecord { status, ..warm() };

        let printed = text.line(&record);

        let expected =
            format!("\u{1b}[2m05:24:27 \u{1b}[0m\u{1b}[{color}m{status}\u{1b}[0m GET    /notes/1");
        assert!(printed.starts_with(&expected), "{printed:?}");
        assert!(printed.ends_with("\u{1b}[2mt1gxvh\u{1b}[0m"), "{printed:?}");
    }
}

#[test]
fn a_failure_names_its_cause_and_where_to_mend_it() {
    let block = text(Some(60)).block(&failed(), 0);

    assert_eq!(
        block[1..],
        [
            "         ✗ notes-get may not PutItem on notes",
            "           declare it: functions/notes-get/Cargo.toml:12",
            "         ✗ the function failed: access denied",
            "           │ reading\\u001b[2J",
        ]
    );
}

#[test]
fn a_denied_call_replaces_the_databases_message() {
    let mut record = failed();
    record.causes = vec!["AccessDeniedException: User: arn:aws:sts::".to_owned()];
    let text = text(None);

    let (block, story) = (text.block(&record, 0), text.story(&record));

    let message = "         ✗ AccessDeniedException: User: arn:aws:sts::";
    assert!(!block.iter().any(|line| line == message), "{block:?}");
    assert!(story.iter().any(|line| line == message), "{story:?}");
}

#[test]
fn failures_are_red() {
    let mut text = text(Some(60));
    text.terminal.color = true;

    let block = text.block(&failed(), 0);

    for line in &block[1..4] {
        assert!(line.starts_with("\u{1b}[31m "), "{line:?}");
    }
    assert_eq!(block[4], "\u{1b}[2m           │ \u{1b}[0mreading\\u001b[2J");
}

#[test]
fn lambdas_lines_and_metrics_need_verbose() {
    let mut text = text(Some(60));
    text.verbose = true;

    let block = text.block(&failed(), 0);

    assert_eq!(
        block[4..],
        [
            "           │ START RequestId: 8f16eb7c",
            "           │ reading\\u001b[2J",
            "           │ {\"_aws\":{}}",
        ]
    );
}

#[test]
fn lines_that_were_printed_are_not_repeated() {
    let block = text(None).block(&failed(), 2);

    assert_eq!(block.len(), 4, "{block:?}");
}

#[test]
fn a_line_without_a_request_has_its_functions_name() {
    let text = text(None);
    let own = line(LineSource::Function, "good morning");
    let platform = line(LineSource::Platform, "INIT_START");

    assert_eq!(
        text.loose("notes-get", None, &own).unwrap(),
        "         notes-get │ good morning"
    );
    assert_eq!(
        text.loose("notes-get", Some("t1gxvhJg4cHESJw="), &own)
            .unwrap(),
        "         notes-get t1gxvh │ good morning"
    );
    assert_eq!(text.loose("notes-get", None, &platform), None);
}

#[test]
fn a_story_has_every_id_and_line() {
    let record = RequestRecord {
        init: Some(Duration::from_micros(19_200)),
        ..failed()
    };

    let story = text(None).story(&record);

    assert_eq!(
        story[1..],
        [
            "         request id   t1gxvhJg4cHESJw=",
            "         time         2026-11-25 05:24:27.123 +00:00",
            "         function     notes-get",
            "         Lambda's id  8f16eb7c-0000-4000-8000-000000000000",
            "         cold start   19.2 ms",
            "         ✗ notes-get may not PutItem on notes",
            "           declare it: functions/notes-get/Cargo.toml:12",
            "         ✗ the function failed: access denied",
            "           │ START RequestId: 8f16eb7c",
            "           │ reading\\u001b[2J",
            "           │ {\"_aws\":{}}",
        ]
    );
}
