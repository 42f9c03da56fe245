//! Money in minor units.

use std::{borrow::Cow, fmt};

use deserr::Deserr;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// A sum of money: never a fraction, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Money {
    /// How many minor units (cents of a euro, whole yen).
    pub amount: Amount,
    /// The currency of the amount.
    pub currency: Currency,
}

/// A count of minor units from 0 to 2⁵³ − 1: the integers every JSON reader keeps exact
/// (RFC 7493 section 2.2).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "i64")]
#[schemars(with = "i64", extend("minimum" = 0, "maximum" = Amount::MAX, "examples" = [1999]))]
pub struct Amount(u64);

/// The number is not an [`Amount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between 0 and 9007199254740991 minor units")]
pub struct InvalidAmount;

impl Amount {
    const MAX: u64 = (1 << 53) - 1;

    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The number of minor units.
    #[must_use]
    pub fn minor_units(self) -> u64 {
        self.0
    }

    /// The sum, if it is an amount.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        // Both are below 2^53, so the sum is far from overflowing.
        Some(Self(self.0 + other.0)).filter(|sum| sum.0 <= Self::MAX)
    }

    /// So many times the amount, if that is an amount.
    #[must_use]
    pub fn times(self, count: u32) -> Option<Self> {
        self.0
            .checked_mul(count.into())
            .filter(|product| *product <= Self::MAX)
            .map(Self)
    }
}

record::parsed_value!(Amount, i64);
record::parsed_value!(Currency, String);

impl TryFrom<i64> for Amount {
    type Error = InvalidAmount;

    fn try_from(minor_units: i64) -> Result<Self, InvalidAmount> {
        match u64::try_from(minor_units) {
            Ok(units) if units <= Self::MAX => Ok(Self(units)),
            _ => Err(InvalidAmount),
        }
    }
}

/// A currency in circulation, by its ISO 4217 code: no funds, no metals, no test codes, none that
/// another has replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Currency(iso_currency::Currency);

/// The text is not a [`Currency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the ISO 4217 code of a currency in circulation")]
pub struct InvalidCurrency;

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;

    fn try_from(code: String) -> Result<Self, InvalidCurrency> {
        match iso_currency::Currency::from_code(&code) {
            Some(known)
                if !known.is_fund() && !known.is_special() && known.is_superseded().is_none() =>
            {
                Ok(Self(known))
            }
            _ => Err(InvalidCurrency),
        }
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let letters = || 'A'..='Z';
        let texts = letters().flat_map(|first| {
            letters().flat_map(move |second| letters().map(move |third| [first, second, third]))
        });
        let codes: Vec<_> = texts
            .filter_map(|text| Self::try_from(String::from_iter(text)).ok())
            .map(Self::code)
            .collect();
        json_schema!({
            "description": "A currency in circulation, by its ISO 4217 code.",
            "type": "string",
            "enum": codes,
            "examples": ["EUR"],
        })
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_in_every_json_reader() {
        for units in [0, 1999, 9_007_199_254_740_991] {
            assert_eq!(Amount::try_from(units).unwrap().minor_units(), units as u64);
        }
        for units in [-1, 9_007_199_254_740_992, i64::MAX, i64::MIN] {
            assert_eq!(
                Amount::try_from(units),
                Err(InvalidAmount),
                "accepted {units}"
            );
        }
    }

    #[test]
    fn only_currencies_in_circulation_are_taken() {
        for code in ["EUR", "USD", "JPY", "CHF"] {
            assert_eq!(Currency::try_from(code.to_owned()).unwrap().code(), code);
        }
        for code in ["", "eur", "EURO", "XAU", "XXX", "XTS", "BOV", "€", "ABC"] {
            assert_eq!(
                Currency::try_from(code.to_owned()),
                Err(InvalidCurrency),
                "accepted {code:?}"
            );
        }
    }
}
