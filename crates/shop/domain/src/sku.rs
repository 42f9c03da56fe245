//! Stock keeping units.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shop's own number of a product: 1 to 40 of `A–Z`, `0–9`, `-`, `.`, `_`, a letter or digit
/// first. Upper case alone, so that no two differ in case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend(
    "minLength" = 1,
    "maxLength" = Sku::MAX_LENGTH,
    "pattern" = "^[A-Z0-9][A-Z0-9._-]*$",
    "examples" = ["TEA-1"],
))]
pub struct Sku(String);

/// The text is not a [`Sku`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to 40 of A-Z, 0-9, hyphen, dot and underscore with a letter or digit first")]
pub struct InvalidSku;

impl Sku {
    const MAX_LENGTH: usize = 40;

    /// The number itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sku {
    type Err = InvalidSku;

    fn from_str(text: &str) -> Result<Self, InvalidSku> {
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.chars().all(|c| plain(c) || "-._".contains(c));
        if fits && text.starts_with(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSku)
        }
    }
}

record::text_value!(Sku);

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_upper_case_letters_digits_and_marks() {
        for text in ["NW-1", "7", "A.B_C-9", &"A".repeat(40)] {
            assert_eq!(text.parse::<Sku>().unwrap().as_str(), text);
        }
        for text in ["", "nw-1", "-1", "N W", "ÄB", "A/B", "A\n", &"A".repeat(41)] {
            assert_eq!(text.parse::<Sku>(), Err(InvalidSku), "accepted {text:?}");
        }
    }
}
