//! The numbers of API Gateway and Lambda. A server around this library keeps some of them itself.

use std::time::Duration;

/// The longest request body in bytes, 10 MB (fact 8.1); more is answered 413.
pub const BODY: usize = 10 * 1024 * 1024;

/// The request line and all headers together, in bytes (fact 8.1).
pub const HEAD: usize = 10_240;

/// The longest event a function accepts and the longest answer it may give, in bytes: 6 MB and 100
/// (fact 8.2). A longer event is answered 413, a longer answer 500.
pub const PAYLOAD: usize = 6 * 1024 * 1024 + 100;

/// How long a function may take if its route does not say otherwise; no route may say more
/// (fact 8.1).
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The shortest time-out a route may have (fact 8.1).
pub const SHORTEST_INTEGRATION_TIMEOUT: Duration = Duration::from_millis(50);

/// How long an identity provider may take for its discovery document, and once more for its keys
/// (fact 5.10).
pub const FETCH_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The longest key set in bytes (fact 5.10).
pub const KEY_SET: usize = 150_000;

/// How long a failed fetch of keys is answered 401 before it is tried again (fact 5.10, not captured).
pub const FETCH_FAILURE_AGE: Duration = Duration::from_secs(5);

/// By how much the date of a signature may differ from now (fact 6.4).
pub const SIGNATURE_AGE: Duration = Duration::from_secs(5 * 60);

/// How long a fetched key set is used (fact 5.8).
pub const KEY_SET_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// Routes per API (fact 8.1).
pub const ROUTES: usize = 300;

/// Stages per API (fact 8.1).
pub const STAGES: usize = 10;

/// Scopes per route (fact 5.10).
pub const SCOPES: usize = 10;

/// Audiences per authorizer (fact 5.10).
pub const AUDIENCES: usize = 50;

/// Variables per stage (fact 2.1).
pub const STAGE_VARIABLES: usize = 100;

/// The longest name of a stage variable, in characters (fact 2.1).
pub const STAGE_VARIABLE_NAME: usize = 64;

/// The longest value of a stage variable, in characters (fact 2.1).
pub const STAGE_VARIABLE_VALUE: usize = 512;
