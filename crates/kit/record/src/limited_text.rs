//! Types of texts that people write.

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// It has no character.
    #[error("is empty")]
    Empty,
    /// It has more characters than the field may have.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// It has a control character.
    #[error("has a control character at character {0}")]
    Control(usize),
    /// It has white space at an end, which would make two texts of one name.
    #[error("begins or ends with white space")]
    Untrimmed,
}

/// Checks `text` against a limit in characters (Unicode scalar values). `line_breaks` permits `\n`.
///
/// # Errors
///
/// [`InvalidText`].
pub fn check_text(text: &str, limit: usize, line_breaks: bool) -> Result<(), InvalidText> {
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    // A character has at most four bytes, so a text that is far too long is not counted.
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

/// Returns the regular expression of the texts that [`check_text`] accepts, apart from their length.
#[must_use]
pub fn text_pattern(line_breaks: bool) -> String {
    // Control characters (Unicode's category Cc), and the other white space that `str::trim` removes.
    let break_or_none = if line_breaks {
        r"\u0000-\u0009\u000b-\u001f"
    } else {
        r"\u0000-\u001f"
    };
    let inner = format!(r"[^{break_or_none}\u007f-\u009f]");
    let outer = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
    format!("^{outer}({inner}*{outer})?$")
}

/// Makes the type of a text with at most `$limit` characters.
#[macro_export]
macro_rules! limited_text {
    ($(#[$doc:meta])* $name:ident, $limit:expr, line_breaks: $line_breaks:expr, example: $example:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend(
            "minLength" = 1,
            "maxLength" = $limit,
            "pattern" = $crate::text_pattern($line_breaks),
            "examples" = [$example],
        ))]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidText;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidText> {
                $crate::check_text(text, $limit, $line_breaks)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::text_value!($name);
    };
}

#[cfg(test)]
mod tests {
    use super::InvalidText;

    crate::limited_text!(Name, 200, line_breaks: false, example: "Ada");
    crate::limited_text!(Description, 2000, line_breaks: true, example: "A writer.");

    #[test]
    fn names_in_any_script_are_accepted() {
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
    fn an_invalid_text_is_refused_with_its_reason() {
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
    fn line_breaks_are_accepted_where_they_are_permitted() {
        assert!("One line.\nAnother.".parse::<Description>().is_ok());
        assert_eq!(
            "A\ttab".parse::<Description>(),
            Err(InvalidText::Control(1))
        );
    }
}
