//! The limits of API Gateway and Lambda. A server around this library enforces some of them itself.

use std::time::Duration;

use manifest::Throttle;

/// The longest request body in bytes, 10 MB (fact 8.1); more is answered 413.
pub const BODY: usize = 10 * 1024 * 1024;

/// The request line and all headers together, in bytes (fact 8.1).
pub const HEAD: usize = 10_240;

/// The longest event a function accepts and the longest answer it may give, in bytes: 6 MB and 100
/// (fact 8.2). A longer event is answered 413, a longer answer 500.
pub const PAYLOAD: usize = 6 * 1024 * 1024 + 100;

/// How long a function may take (fact 8.1). Then the outcome is
/// [`Outcome::TimedOut`](crate::Outcome::TimedOut).
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a Lambda authorizer may take (fact 8.1, and section 3.1 of the REST facts). Then the outcome is
/// [`AuthorizerOutcome::TimedOut`](crate::AuthorizerOutcome::TimedOut).
pub const AUTHORIZER_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest ARN of a method that a Lambda authorizer of a REST API takes, in bytes (fact R1.17).
pub const METHOD_ARN: usize = 1_600;

/// How long an identity provider may take for its discovery document, and once more for its keys
/// (fact 5.10).
pub const FETCH_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The longest key set in bytes (fact 5.10).
pub const KEY_SET: usize = 150_000;

/// How long tokens are refused after a failed fetch of keys, before it is tried again (fact 5.10, not
/// captured).
pub const FETCH_FAILURE_AGE: Duration = Duration::from_secs(5);

/// The greatest difference between the date of a signature and now (fact 6.4).
pub const SIGNATURE_AGE: Duration = Duration::from_secs(5 * 60);

/// How long a fetched key set is used (fact 5.8).
pub const KEY_SET_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a REST API uses a fetched key set (fact R3.20).
pub const REST_KEY_SET_AGE: Duration = Duration::from_secs(60 * 60);

/// How long a function may take behind a REST API (fact R2.13). Then the outcome is
/// [`Outcome::TimedOut`](crate::Outcome::TimedOut).
pub const REST_INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// Routes per API (fact 8.1).
pub const ROUTES: usize = 300;

/// Authorizers per API (facts 5.10 and R3.11).
pub const AUTHORIZERS: usize = 10;

/// Audiences per authorizer (fact 5.10).
pub const AUDIENCES: usize = 50;

/// The throttle of all routes together, if the account has no other quota (fact 8.1).
pub const ACCOUNT_THROTTLE: Throttle = Throttle {
    rate: 10_000.0,
    burst: 5_000,
};
