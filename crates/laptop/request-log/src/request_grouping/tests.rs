use http::{Method, StatusCode};
use jiff::Timestamp;

use super::*;
use crate::access_log::Invoked;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);

fn invoking(invocation: Uuid) -> Invoking {
    Invoking {
        function: "notes-get".to_owned(),
        invocation,
        request_id: format!("request-{}", invocation.as_u128()),
        trace_id: format!("Root=1-{}", invocation.as_u128()),
    }
}

fn answered(invocation: Uuid) -> Access {
    Access {
        time: Timestamp::UNIX_EPOCH,
        method: Method::GET,
        path: "/notes/1".to_owned(),
        status: StatusCode::OK,
        took: Duration::from_millis(8),
        request_id: format!("request-{}", invocation.as_u128()),
        invoked: Some(Invoked {
            function: "notes-get".to_owned(),
            invocation,
            error: None,
        }),
        reason: None,
    }
}

fn log(invocation: Option<Uuid>, source: LogSource, text: &str) -> LogLine {
    LogLine {
        function: "notes-get".into(),
        stream: "stream".into(),
        request_id: invocation,
        source,
        text: text.to_owned(),
    }
}

fn denied() -> DeniedCall {
    DeniedCall {
        function: "notes-get".to_owned(),
        action: "PutItem".to_owned(),
        resource: Some("notes".to_owned()),
        place: None,
    }
}

/// The texts of the lines of the only request shown.
fn lines(shown: &[Shown]) -> Vec<&str> {
    let [Shown::Request { record, .. }] = shown else {
        panic!("not one request: {shown:?}");
    };
    record.lines.iter().map(|line| &*line.text).collect()
}

#[test]
fn the_lines_of_concurrent_requests_are_kept_apart() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    let report = LogSource::Report {
        init: Some(Duration::from_millis(19)),
    };

    for id in [FIRST, SECOND] {
        requests.begin(invoking(id), now);
    }
    for (id, text) in [(FIRST, "a"), (SECOND, "b"), (FIRST, "c"), (SECOND, "d")] {
        assert_eq!(
            requests.log(log(Some(id), LogSource::Function, text), now),
            []
        );
    }
    assert_eq!(requests.answer(answered(FIRST), now), []);
    assert_eq!(requests.log(log(Some(SECOND), report, "REPORT 2"), now), []);
    let first = requests.log(log(Some(FIRST), report, "REPORT 1"), now);
    let second = requests.answer(answered(SECOND), now);

    assert_eq!(lines(&first), ["a", "c", "REPORT 1"]);
    assert_eq!(lines(&second), ["b", "d", "REPORT 2"]);
    let [Shown::Request { record, .. }] = &*first else {
        panic!("{first:?}");
    };
    assert_eq!(record.init, Some(Duration::from_millis(19)));
    assert_eq!(requests.next_due(), None);
}

#[test]
fn a_long_requests_lines_are_shown_while_it_runs() {
    let begun = Instant::now();
    let mut requests = RequestGrouping::default();
    requests.begin(invoking(FIRST), begun);

    let early = requests.log(log(Some(FIRST), LogSource::Function, "early"), begun);
    let due = requests.next_due().unwrap();
    let shown = requests.due(due);
    let late = requests.log(log(Some(FIRST), LogSource::Function, "late"), due);
    requests.answer(answered(FIRST), due);
    let report = LogSource::Report { init: None };
    let last = requests.log(log(Some(FIRST), report, "REPORT"), due);

    assert_eq!(early, []);
    assert_eq!(due, begun + LONG);
    for (shown, expected) in [(shown, "early"), (late, "late")] {
        let [
            Shown::Line {
                request_id: Some(id),
                line,
                ..
            },
        ] = &*shown
        else {
            panic!("{expected}: {shown:?}");
        };
        assert_eq!((&**id, &*line.text), ("request-1", expected));
    }
    let [Shown::Request { record, printed: 2 }] = &*last else {
        panic!("{last:?}");
    };
    assert_eq!(record.lines.len(), 3);
}

#[test]
fn the_lines_of_an_authorizer_come_before_those_of_the_function() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    let of_request = |invocation, function: &str| Invoking {
        function: function.to_owned(),
        invocation,
        ..invoking(SECOND)
    };
    let report = |init| LogSource::Report { init };
    let cold = Some(Duration::from_millis(19));

    requests.begin(of_request(FIRST, "doorkeeper"), now);
    requests.log(log(Some(FIRST), LogSource::Function, "allowed"), now);
    requests.begin(of_request(SECOND, "notes-get"), now);
    requests.log(log(Some(SECOND), LogSource::Function, "read"), now);
    let late = requests.log(log(Some(FIRST), report(None), "REPORT 1"), now);
    let waiting = requests.answer(answered(SECOND), now);
    let shown = requests.log(log(Some(SECOND), report(cold), "REPORT 2"), now);

    assert_eq!((late, waiting), (vec![], vec![]));
    assert_eq!(lines(&shown), ["allowed", "read", "REPORT 1", "REPORT 2"]);
    let [Shown::Request { record, .. }] = &*shown else {
        panic!("{shown:?}");
    };
    assert_eq!(record.function.as_deref(), Some("notes-get"));
    assert_eq!(record.init, cold);
}

#[test]
fn an_answer_does_not_wait_for_long() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    requests.begin(invoking(FIRST), now);
    requests.log(log(Some(FIRST), LogSource::Function, "hanging"), now);

    let waiting = requests.answer(answered(FIRST), now);
    let shown = requests.due(requests.next_due().unwrap());

    assert_eq!(waiting, []);
    assert_eq!(lines(&shown), ["hanging"]);
}

#[test]
fn a_request_that_starts_no_invocation_is_shown_at_once() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    requests.begin(invoking(FIRST), now);

    let throttled = requests.answer(answered(FIRST), now);
    let refused = requests.answer(
        Access {
            invoked: None,
            reason: Some("no route".to_owned()),
            ..answered(SECOND)
        },
        now,
    );

    assert!(lines(&throttled).is_empty());
    let [Shown::Request { record, .. }] = &*refused else {
        panic!("{refused:?}");
    };
    assert_eq!(record.causes, ["no route"]);
}

#[test]
fn a_line_between_invocations_stands_alone() {
    let mut requests = RequestGrouping::default();

    let shown = requests.log(log(None, LogSource::Function, "init"), Instant::now());

    assert!(matches!(
        &*shown,
        [Shown::Line {
            request_id: None,
            ..
        }]
    ));
}

#[test]
fn a_denied_call_belongs_to_the_request_with_its_trace() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    for id in [FIRST, SECOND] {
        requests.begin(invoking(id), now);
    }

    let shown = [
        requests.denied(denied(), Some("Root=1-2;Parent=3")),
        requests.denied(denied(), Some("Root=1-2;Parent=3")),
        requests.answer(answered(FIRST), now),
        requests.answer(answered(SECOND), now),
    ];
    let alone = requests.denied(denied(), None);

    let denied_calls = shown.iter().flatten().map(|shown| match shown {
        Shown::Request { record, .. } => record.denied.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(denied_calls.collect::<Vec<_>>(), [0, 1]);
    assert_eq!(alone, [Shown::Denied(denied())]);
}

#[test]
fn the_cause_is_read_from_the_line_of_metrics() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    requests.begin(invoking(FIRST), now);
    let metrics = r#"{"status":500,"cause":"the table is missing","_aws":{}}"#;

    requests.log(log(Some(FIRST), LogSource::Function, metrics), now);
    let report = LogSource::Report { init: None };
    requests.log(log(Some(FIRST), report, "REPORT"), now);
    let shown = requests.answer(answered(FIRST), now);

    let [Shown::Request { record, .. }] = &*shown else {
        panic!("{shown:?}");
    };
    assert_eq!(record.causes, ["the table is missing"]);
    assert_eq!(record.lines[0].source, LineSource::Metrics);
}

#[test]
fn of_very_many_lines_the_first_are_kept() {
    let now = Instant::now();
    let mut requests = RequestGrouping::default();
    requests.begin(invoking(FIRST), now);

    for _ in 0..MOST_LINES + 5 {
        requests.log(log(Some(FIRST), LogSource::Function, "again"), now);
    }
    let report = LogSource::Report { init: None };
    requests.log(log(Some(FIRST), report, "REPORT"), now);
    let shown = requests.answer(answered(FIRST), now);

    let [Shown::Request { record, .. }] = &*shown else {
        panic!("{shown:?}");
    };
    assert_eq!((record.lines.len(), record.left_out), (MOST_LINES + 1, 5));
}
