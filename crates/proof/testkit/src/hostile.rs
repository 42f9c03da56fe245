//! Bodies that every route refuses.

use crate::Event;

/// A body, and the expected response of every route with a JSON body.
pub struct HostileBody {
    /// What is invalid.
    pub claim: &'static str,
    /// The status of the response.
    pub status: i64,
    /// The last part of the problem's type.
    pub problem: &'static str,
    body: Body,
}

enum Body {
    None,
    Text(&'static str, String),
    Base64(&'static str, &'static str),
    WithoutContentType(&'static str),
}

impl HostileBody {
    /// Returns the event with this body.
    #[must_use]
    pub fn on(&self, event: Event) -> Event {
        match &self.body {
            Body::None => event.without_body(),
            Body::Text(content_type, text) => event.text(content_type, text),
            Body::Base64(content_type, encoded) => event.base64(content_type, encoded),
            Body::WithoutContentType(encoded) => event.base64("", encoded).without_content_type(),
        }
    }
}

/// Returns one body for each reason to refuse it.
#[must_use]
pub fn hostile_bodies() -> Vec<HostileBody> {
    const JSON: &str = "application/json";
    let unreadable = |claim, text: &str| HostileBody {
        claim,
        status: 400,
        problem: "unreadable-body",
        body: Body::Text(JSON, text.to_owned()),
    };
    let unsupported = |claim, body| HostileBody {
        claim,
        status: 415,
        problem: "unsupported-media-type",
        body,
    };
    let invalid = |claim, text: &str| HostileBody {
        claim,
        status: 422,
        problem: "invalid-body",
        body: Body::Text(JSON, text.to_owned()),
    };
    vec![
        HostileBody {
            claim: "no body",
            status: 400,
            problem: "unreadable-body",
            body: Body::None,
        },
        unreadable("half an object", "{\"a\":"),
        unreadable("text after the object", "{} {}"),
        unreadable("an invalid number", "{\"a\":NaN}"),
        unreadable("a number too large for a float", "{\"a\":1e400}"),
        unreadable("an unescaped control character", "{\"a\":\"\u{1}\"}"),
        unreadable("half a surrogate pair", "{\"a\":\"\\ud800\"}"),
        unreadable("ten thousand brackets", &"[".repeat(10_000)),
        HostileBody {
            claim: "bytes that are not UTF-8",
            status: 400,
            problem: "unreadable-body",
            // {"a":"\xff"}
            body: Body::Base64(JSON, "eyJhIjoi/yJ9"),
        },
        HostileBody {
            claim: "a string of a megabyte",
            status: 413,
            problem: "body-too-large",
            body: Body::Text(JSON, format!("{{\"a\":\"{}\"}}", "a".repeat(1_000_000))),
        },
        unsupported(
            "a form",
            Body::Base64("application/x-www-form-urlencoded", "YT0x"),
        ),
        unsupported("plain text", Body::Text("text/plain", "{}".to_owned())),
        unsupported(
            "JSON in Latin-1",
            Body::Text("application/json; charset=iso-8859-1", "{}".to_owned()),
        ),
        unsupported("no content type", Body::WithoutContentType("e30=")),
        invalid("an array", "[]"),
        invalid("null", "null"),
        invalid("unknown fields", "{\"__proto__\":{},\"constructor\":1}"),
        invalid("a field twice", "{\"a\":1,\"a\":2}"),
        unreadable("objects nested 124 deep", &nested(124, 100, "{}")),
        invalid(
            "520 fields twice, nested with long names",
            &nested(30, 1_000, &fields(520, "a", 2)),
        ),
        invalid("60 KB of fields twice", &fields(2_000, "\\u0001", 2)),
        invalid(
            "long names that JSON escapes",
            &fields(105, &"\\u0001".repeat(100), 1),
        ),
    ]
}

/// An object in an object, and so on.
fn nested(levels: usize, name_length: usize, inner: &str) -> String {
    let open = format!("{{\"{}\":", "n".repeat(name_length)).repeat(levels);
    format!("{open}{inner}{}", "}".repeat(levels))
}

/// An object of `count` fields, each given `times` times, whose names begin with `prefix`.
fn fields(count: usize, prefix: &str, times: usize) -> String {
    let field = |n| vec![format!("\"{prefix}{n}\":0"); times].join(",");
    let fields: Vec<_> = (0..count).map(field).collect();
    format!("{{{}}}", fields.join(","))
}
