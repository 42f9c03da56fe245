//! Points in time.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time in UTC with millisecond precision, written as RFC 3339: `2026-11-22T14:48:02.123Z`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend(
    "format" = "date-time",
    "minLength" = 24,
    "maxLength" = 24,
    "examples" = ["2026-11-22T14:48:02.123Z"],
))]
pub struct Time(Timestamp);

/// The text is not a [`Time`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("is not an RFC 3339 time")]
pub struct InvalidTime(#[source] jiff::Error);

impl Time {
    /// The current time.
    #[must_use]
    pub fn now() -> Self {
        let now = Timestamp::now();
        // Rounding fails only past the year 9999.
        Self(now.round(Unit::Millisecond).unwrap_or(now))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl FromStr for Time {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        text.parse().map(Self).map_err(InvalidTime)
    }
}

crate::text_value!(Time);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_its_milliseconds_and_zone() {
        let time: Time = "2026-11-22T15:48:02+01:00".parse().unwrap();

        assert_eq!(time.to_string(), "2026-11-22T14:48:02.000Z");
    }

    #[test]
    fn a_written_time_is_read_as_the_same_time() {
        let now = Time::now();

        assert_eq!(now.to_string().parse::<Time>().unwrap(), now);
    }
}
