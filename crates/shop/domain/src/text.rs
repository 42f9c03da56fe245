//! The texts people write: names, categories, descriptions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// More characters than the field takes.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A character that does not show.
    #[error("has a control character at character {0}")]
    Control(usize),
    /// White space at either end. It is never meant, and makes one name two.
    #[error("begins or ends with white space")]
    Untrimmed,
}

/// Checks `text` against a limit in characters (Unicode scalar values); `line_breaks` lets `\n` pass.
fn check(text: &str, limit: usize, line_breaks: bool) -> Result<(), InvalidText> {
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    // A character is at most four bytes, so this spares counting a text that is far too long.
    if text.len() > limit * 4 || text.chars().count() > limit {
        return Err(InvalidText::TooLong(limit));
    }
    if let Some(at) = text
        .chars()
        .position(|c| c.is_control() && !(line_breaks && c == '\n'))
    {
        return Err(InvalidText::Control(at));
    }
    if text.trim() != text {
        return Err(InvalidText::Untrimmed);
    }
    Ok(())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $limit:expr, line_breaks: $line_breaks:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                check(text, $limit, $line_breaks)?;
                Ok(Self(text.to_owned()))
            }
        }

        record::text_value!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// What a user or a product is called: 1 to 200 characters on one line.
    Name, 200, line_breaks: false
);
text!(
    /// The shelf a product stands on: 1 to 60 characters on one line.
    Category, 60, line_breaks: false
);
text!(
    /// The description of a product: 1 to 2,000 characters, line breaks (`\n`) allowed.
    Description, 2000, line_breaks: true
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_whole_world_are_accepted() {
        for name in [
            "Ana Trujillo",
            "Côte de Blaye",
            "Gnocchi di nonna Alice",
            "世界",
            "e\u{301}",
            "👩‍👩‍👧",
            &"é".repeat(200),
        ] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn an_invalid_name_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", InvalidText::Empty),
            (" Ada", InvalidText::Untrimmed),
            ("Ada\u{a0}", InvalidText::Untrimmed),
            ("A\0da", InvalidText::Control(1)),
            ("Ada\nLovelace", InvalidText::Control(3)),
            ("é\u{85}", InvalidText::Control(1)),
            (&"é".repeat(201), InvalidText::TooLong(200)),
            (&"a".repeat(1_000_000), InvalidText::TooLong(200)),
        ] {
            assert_eq!(
                text.parse::<Name>(),
                Err(reason),
                "{:?}",
                text.chars().take(20).collect::<String>()
            );
        }
    }

    #[test]
    fn a_description_has_lines_but_no_other_control_characters() {
        assert!("One line.\nAnother.".parse::<Description>().is_ok());
        assert_eq!(
            "A\ttab".parse::<Description>(),
            Err(InvalidText::Control(1))
        );
    }
}
