//! How many of a product there are.

use deserr::Deserr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units on hand, 0 to 1,000,000,000.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "i64")]
#[schemars(with = "i32", extend("minimum" = 0, "maximum" = Stock::MAX.0, "examples" = [500]))]
pub struct Stock(u32);

/// The number is not a [`Stock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between 0 and 1000000000")]
pub struct InvalidStock;

impl Stock {
    /// The most units of one product there can be.
    pub const MAX: Self = Self(1_000_000_000);

    /// The number of units.
    #[must_use]
    pub fn units(self) -> u32 {
        self.0
    }
}

record::parsed_value!(Stock, i64);
record::parsed_value!(Delta, i64);

impl TryFrom<i64> for Stock {
    type Error = InvalidStock;

    fn try_from(units: i64) -> Result<Self, InvalidStock> {
        match u32::try_from(units) {
            Ok(units) if units <= Self::MAX.0 => Ok(Self(units)),
            _ => Err(InvalidStock),
        }
    }
}

/// A change of stock: units that come (positive) or go (negative), never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "i32", extend(
    "minimum" = -i64::from(Stock::MAX.0),
    "maximum" = Stock::MAX.0,
    "not" = { "const": 0 },
    "examples" = [-2],
))]
pub struct Delta(i64);

/// Input for a change of the stock of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Adjustment {
    pub delta: Delta,
}

/// The number is not a [`Delta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between -1000000000 and 1000000000, or is 0")]
pub struct InvalidDelta;

impl Delta {
    /// The number of units, with its sign.
    #[must_use]
    pub fn units(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Delta {
    type Error = InvalidDelta;

    fn try_from(units: i64) -> Result<Self, InvalidDelta> {
        let most = u64::from(Stock::MAX.0);
        if (1..=most).contains(&units.unsigned_abs()) {
            Ok(Self(units))
        } else {
            Err(InvalidDelta)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_never_below_zero() {
        assert_eq!(Stock::try_from(0).unwrap().units(), 0);
        for units in [-1, 1_000_000_001, i64::MAX] {
            assert_eq!(
                Stock::try_from(units),
                Err(InvalidStock),
                "accepted {units}"
            );
        }
    }

    #[test]
    fn a_delta_changes_something() {
        assert_eq!(
            Delta::try_from(-1_000_000_000).unwrap().units(),
            -1_000_000_000
        );
        for units in [0, 1_000_000_001, i64::MIN] {
            assert_eq!(
                Delta::try_from(units),
                Err(InvalidDelta),
                "accepted {units}"
            );
        }
    }
}
