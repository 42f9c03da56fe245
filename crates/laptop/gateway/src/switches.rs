//! What AWS leaves open, as named settings. The defaults are the best reading of what is known.

use http::StatusCode;
use std::time::Duration;

/// Behaviour of API Gateway that nobody has captured or that sources dispute, each with the default
/// that fits best. `docs/fidelity.md` says which fact each belongs to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Switches {
    /// Fact 1.16: `/things/` matches `/things/{rest+}` with `rest` empty.
    pub greedy_matches_empty: bool,
    /// Fact 1.19: `/` matches `/{rest+}` with `rest` empty.
    pub greedy_matches_root: bool,
    /// Fact 1.6: a route of the request's own method wins over an `ANY` route with a more exact
    /// path. Otherwise the path decides first.
    pub method_before_path: bool,
    /// Fact 1.20: `//things` is matched as `/things`. The event keeps the path as it was.
    pub merge_slashes: bool,
    /// Fact 1.21: literal segments are compared without regard to ASCII case.
    pub ignore_case: bool,
    /// TRAP 3: every `text/*` without a foreign charset is text. Otherwise only `text/plain`,
    /// `text/html`, `text/csv` and `text/xml`.
    pub every_text_type_is_text: bool,
    /// TRAP 3: `application/…+json` and `application/…+xml` are text.
    pub suffixed_types_are_text: bool,
    /// Fact 2.2.4: the value of `x-forwarded-proto`.
    pub forwarded_proto: String,
    /// Fact 2.2.4: the value of `x-forwarded-port`.
    pub forwarded_port: u16,
    /// Fact 3.12: a `statusCode` that is a string of digits counts as the number.
    pub status_code_as_string: bool,
    /// Section 4: the request line and headers together, in bytes.
    pub head_limit: usize,
    /// Section 4: what is answered when they are longer.
    pub head_too_large: StatusCode,
    /// Fact 5.9: how long after a fetch an unknown `kid` makes the keys be fetched anew. `None`:
    /// only when they are two hours old.
    pub refetch_on_unknown_key: Option<Duration>,
    /// How long a failed fetch of keys is remembered, so that it is answered and not tried again
    /// for each request.
    pub fetch_failure_age: Duration,
    /// Fact 5.11: by how much the clocks of the token's issuer and of the gateway may differ.
    pub clock_skew: Duration,
    /// Fact 6.4: by how much a signature's date may differ from now.
    pub signature_age: Duration,
    /// Fact 7.8: a preflight that only a `$default` route with an authorizer matches has to pass
    /// that authorizer.
    pub authorizer_guards_preflight_on_default: bool,
    /// Fact 7.10: the gateway's own errors bear CORS headers.
    pub cors_on_errors: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            greedy_matches_empty: true,
            greedy_matches_root: true,
            method_before_path: true,
            merge_slashes: false,
            ignore_case: false,
            every_text_type_is_text: true,
            suffixed_types_are_text: false,
            forwarded_proto: "https".to_owned(),
            forwarded_port: 443,
            status_code_as_string: true,
            head_limit: crate::limits::HEAD,
            head_too_large: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            refetch_on_unknown_key: None,
            fetch_failure_age: Duration::from_secs(5),
            clock_skew: Duration::ZERO,
            signature_age: Duration::from_secs(5 * 60),
            authorizer_guards_preflight_on_default: true,
            cors_on_errors: false,
        }
    }
}
