//! Types of identifiers that a path can carry.

use uuid::Uuid;

/// The canonical spelling of a UUID as a regular expression.
pub const UUID_PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// The greatest number of characters of a subject.
pub const MAX_SUBJECT: usize = 255;

/// The subjects that [`check_subject`] accepts, apart from their length, as a regular expression: one
/// character at least is not a dot.
pub const SUBJECT_PATTERN: &str =
    r#"^[!-"$&-.0->@-\[\]-~]*[!-"$&-\-0->@-\[\]-~][!-"$&-.0->@-\[\]-~]*$"#;

/// The text is not a UUID in its canonical spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a UUID in lower case with hyphens")]
pub struct InvalidUuid;

/// The text cannot be a [`subject_id!`](crate::subject_id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to 255 visible ASCII characters without / ? # % \\")]
pub struct InvalidSubject;

/// Reads a UUID. A resource has one address, so only the canonical spelling is accepted.
///
/// # Errors
///
/// [`InvalidUuid`].
pub fn parse_uuid(text: &str) -> Result<Uuid, InvalidUuid> {
    let id = Uuid::try_parse(text).map_err(|_| InvalidUuid)?;
    let mut canonical = Uuid::encode_buffer();
    match id.hyphenated().encode_lower(&mut canonical) == text {
        true => Ok(id),
        false => Err(InvalidUuid),
    }
}

/// Checks a subject. `/`, `?`, `#`, `%` and `\` are refused, and so is a text of dots alone: an HTTP
/// API decodes the path twice and resolves dot segments, so they could not be addressed.
///
/// # Errors
///
/// [`InvalidSubject`].
pub fn check_subject(text: &str) -> Result<(), InvalidSubject> {
    let addressable = |c: char| c.is_ascii_graphic() && !"/?#%\\".contains(c);
    let fits = (1..=MAX_SUBJECT).contains(&text.len()) && text.chars().all(addressable);
    match fits && text.chars().any(|c| c != '.') {
        true => Ok(()),
        false => Err(InvalidSubject),
    }
}

/// Makes the type of an id that is generated: a UUIDv7 (RFC 9562), so ids made later sort later.
#[macro_export]
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
            ::schemars::JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend(
            "format" = "uuid",
            "minLength" = 36,
            "maxLength" = 36,
            "pattern" = $crate::UUID_PATTERN,
            "examples" = ["01932f3b-7c1e-7d5a-9c3f-2b8f6a1d4e90"],
        ))]
        pub struct $name($crate::uuid::Uuid);

        impl $name {
            /// A new id, of this moment.
            #[must_use]
            pub fn generate() -> Self {
                Self($crate::uuid::Uuid::now_v7())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidUuid;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidUuid> {
                $crate::parse_uuid(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        $crate::text_value!($name);
    };
}

/// Makes the type of an id that is the subject of a token (`sub`, OpenID Connect Core 1.0 section
/// 2), 1 to 255 visible ASCII characters that a path can carry.
#[macro_export]
macro_rules! subject_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend(
            "minLength" = 1,
            "maxLength" = $crate::MAX_SUBJECT,
            "pattern" = $crate::SUBJECT_PATTERN,
            "examples" = ["ada"],
        ))]
        pub struct $name(String);

        impl $name {
            /// The subject itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidSubject;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidSubject> {
                $crate::check_subject(text)?;
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
    use super::InvalidUuid;

    crate::uuid_id!(NoteId);
    crate::subject_id!(WriterId);

    #[test]
    fn the_subjects_of_the_usual_issuers_are_ids() {
        for subject in [
            "alice",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "client@clients",
            "8c4b-11ee",
            "a.b",
        ] {
            assert_eq!(subject.parse::<WriterId>().unwrap().as_str(), subject);
        }
    }

    #[test]
    fn a_subject_that_a_path_cannot_carry_is_refused() {
        let long = "a".repeat(256);
        for text in [
            "", ".", "..", "a/b", "a?b", "a%2Fb", "a b", "a\nb", "é", "a#b", "a\\b", &long,
        ] {
            assert!(text.parse::<WriterId>().is_err(), "accepted {text:?}");
        }
    }

    #[test]
    fn a_generated_id_has_one_spelling() {
        let id = NoteId::generate();
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
                other.parse::<NoteId>(),
                Err(InvalidUuid),
                "accepted {other:?}"
            );
        }
    }

    #[test]
    fn ids_made_later_sort_later() {
        let ids: Vec<_> = (0..100).map(|_| NoteId::generate().to_string()).collect();

        assert!(ids.is_sorted());
    }
}
