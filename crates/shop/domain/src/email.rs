//! E-mail addresses.

use std::{fmt, str::FromStr};

use email_address::{EmailAddress, Options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An e-mail address as its owner writes it: RFC 5321's `local@domain`, at most 254 bytes, the
/// domain a name with a dot. Two addresses that differ in case alone are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend(
    "format" = "idn-email",
    "minLength" = 5,
    "maxLength" = Email::MAX_LENGTH,
    "examples" = ["ada@example.org"],
))]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvalidEmail {
    /// Longer than RFC 5321 lets an address be.
    #[error("is longer than 254 bytes")]
    TooLong,
    /// It does not have the form of an address.
    #[error("is not an e-mail address: {0}")]
    Malformed(#[source] email_address::Error),
}

impl Email {
    const MAX_LENGTH: usize = 254;

    /// The form in which an address is unique: lower case throughout. In RFC 5321 the
    /// local part is case-sensitive, but no large mail provider treats it so, and people mistype it.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        if text.len() > Self::MAX_LENGTH {
            return Err(InvalidEmail::TooLong);
        }
        let options = Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        EmailAddress::parse_with_options(text, options).map_err(InvalidEmail::Malformed)?;
        Ok(Self(text.to_owned()))
    }
}

record::text_value!(Email);

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_written_and_unique_without_case() {
        let email: Email = "Ada.Lovelace@Example.org".parse().unwrap();

        assert_eq!(email.as_str(), "Ada.Lovelace@Example.org");
        assert_eq!(email.key(), "ada.lovelace@example.org");
    }

    #[test]
    fn an_invalid_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(250));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@[127.0.0.1]",
            "Ada <ada@example.org>",
            "ada@example.org\n",
            "a\0da@example.org",
            "ada @example.org",
            "ada@example..org",
            &long,
        ] {
            assert!(text.parse::<Email>().is_err(), "accepted {text:?}");
        }
    }
}
