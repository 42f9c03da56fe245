//! Identifiers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A user: the subject of their token (`sub`, OpenID Connect Core 1.0 section 2), 1 to 255
/// visible ASCII characters. `/`, `?`, `#`, `%` and `\` are refused, and so is a text of dots alone:
/// an HTTP API decodes the path twice and resolves dot segments, so they could not be addressed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// The text is not a [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to 255 visible ASCII characters without / ? # % \\")]
pub struct InvalidUserId;

impl UserId {
    /// The subject itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, InvalidUserId> {
        let addressable = |c: char| c.is_ascii_graphic() && !"/?#%\\".contains(c);
        let fits = (1..=255).contains(&text.len()) && text.chars().all(addressable);
        if fits && text.chars().any(|c| c != '.') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidUserId)
        }
    }
}

record::text_value!(UserId);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not the id of a product or an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a UUID in lower case with hyphens")]
pub struct InvalidUuid;

macro_rules! uuid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, of this moment.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl FromStr for $name {
            type Err = InvalidUuid;

            /// One thing has one address, so only the canonical spelling is taken.
            fn from_str(text: &str) -> Result<Self, InvalidUuid> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidUuid)?;
                let mut canonical = Uuid::encode_buffer();
                if id.hyphenated().encode_lower(&mut canonical) == text { Ok(Self(id)) } else { Err(InvalidUuid) }
            }
        }

        record::text_value!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid!(
    /// Which product: a UUIDv7 (RFC 9562), so ids made later sort later.
    ProductId
);
uuid!(
    /// Which order: a UUIDv7 (RFC 9562), so ids made later sort later.
    OrderId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subjects_of_the_usual_issuers_are_user_ids() {
        for subject in [
            "alice",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "client@clients",
            "8c4b-11ee",
            "a.b",
        ] {
            assert_eq!(subject.parse::<UserId>().unwrap().as_str(), subject);
        }
    }

    #[test]
    fn a_text_that_a_path_cannot_carry_is_refused() {
        let long = "a".repeat(256);
        for text in [
            "", ".", "..", "a/b", "a?b", "a%2Fb", "a b", "a\nb", "é", "a#b", "a\\b", &long,
        ] {
            assert!(text.parse::<UserId>().is_err(), "accepted {text:?}");
        }
    }

    #[test]
    fn a_product_has_one_spelling_of_its_id() {
        let id = ProductId::generate();
        let text = id.to_string();

        assert_eq!(text.parse(), Ok(id));
        for other in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            "7".into(),
        ] {
            assert_eq!(
                other.parse::<ProductId>(),
                Err(InvalidUuid),
                "accepted {other:?}"
            );
        }
    }

    #[test]
    fn ids_made_later_sort_later() {
        let ids: Vec<_> = (0..100)
            .map(|_| ProductId::generate().to_string())
            .collect();

        assert!(ids.is_sorted());
    }
}
