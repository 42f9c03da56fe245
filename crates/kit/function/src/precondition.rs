//! Entity tags and the conditions clients make with them (RFC 9110 section 13).

use std::str::FromStr;

use record::{Expected, Version};
use schemars::JsonSchema;

/// A version as a strong entity tag: `"3"`.
pub(crate) fn entity_tag(version: Version) -> String {
    format!("\"{version}\"")
}

/// The versions that `If-Match` names. A tag that is weak or not a version matches nothing
/// (strong comparison, RFC 9110 section 13.1.1).
pub(crate) fn if_match(value: Option<&str>) -> Result<Expected, InvalidTags> {
    match value.map(EntityTags::from_str).transpose()? {
        None | Some(EntityTags::Any) => Ok(Expected::Any),
        Some(EntityTags::OneOf(tags)) => Ok(Expected::OneOf(
            tags.iter()
                .filter(|tag| !tag.weak)
                .filter_map(|tag| tag.version)
                .collect(),
        )),
    }
}

/// Whether `If-None-Match` names this version (weak comparison, RFC 9110 section 13.1.2).
pub(crate) fn none_match(value: Option<&str>, version: Version) -> Result<bool, InvalidTags> {
    Ok(match value.map(EntityTags::from_str).transpose()? {
        None => false,
        Some(EntityTags::Any) => true,
        Some(EntityTags::OneOf(tags)) => tags.iter().any(|tag| tag.version == Some(version)),
    })
}

/// `*`, or a list of 1 to 20 entity tags.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", extend(
    "minLength" = 1,
    // More than API Gateway accepts for all headers together.
    "maxLength" = 10_240,
    "pattern" = format!(
        r#"^(\*|{TAG_PATTERN}( *, *{TAG_PATTERN}){{0,{}}})$"#,
        EntityTags::MAX - 1
    ),
))]
pub enum EntityTags {
    /// Every version.
    Any,
    /// The versions of these tags.
    OneOf(Vec<Tag>),
}

const TAG_PATTERN: &str = r#"(W/)?"[ !#-+\--~]*""#;

impl EntityTags {
    const MAX: usize = 20;
}

impl FromStr for EntityTags {
    type Err = InvalidTags;

    fn from_str(text: &str) -> Result<Self, InvalidTags> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let tags: Vec<_> = text
            .split(',')
            .map(|part| Tag::parse(part.trim()))
            .collect::<Option<_>>()
            .ok_or(InvalidTags)?;
        match tags.len() <= Self::MAX {
            true => Ok(Self::OneOf(tags)),
            false => Err(InvalidTags),
        }
    }
}

/// The header is not a list of entity tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not * or a list of 1 to 20 entity tags such as \"3\"")]
pub struct InvalidTags;

/// An entity tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    weak: bool,
    /// `None` for a tag that is not one of this API.
    version: Option<Version>,
}

impl Tag {
    /// Refuses tags with a comma. RFC 9110 allows them, but no version has one.
    fn parse(text: &str) -> Option<Self> {
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        (!opaque.contains('"')).then(|| Self {
            weak,
            version: version(opaque),
        })
    }
}

/// A version has one spelling: `"03"` is not a tag of this API.
fn version(opaque: &str) -> Option<Version> {
    let version = Version::try_from(opaque.parse::<u64>().ok()?).ok()?;
    (version.to_string() == opaque).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u64) -> Version {
        number.try_into().unwrap()
    }

    #[test]
    fn if_match_expects_the_versions_it_names() {
        for (header, expected) in [
            (None, Expected::Any),
            (Some("*"), Expected::Any),
            (Some("\"3\""), Expected::OneOf(vec![version(3)])),
            (
                Some("\"3\", \"4\""),
                Expected::OneOf(vec![version(3), version(4)]),
            ),
            (Some("W/\"3\""), Expected::OneOf(vec![])),
            (Some("\"abc\""), Expected::OneOf(vec![])),
            (Some("\"03\""), Expected::OneOf(vec![])),
            (Some("\"0\""), Expected::OneOf(vec![])),
        ] {
            assert_eq!(if_match(header), Ok(expected), "{header:?}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (header, same) in [
            (None, false),
            (Some("\"3\""), true),
            (Some("W/\"3\""), true),
            (Some("*"), true),
            (Some("\"1\", \"2\""), false),
        ] {
            assert_eq!(none_match(header, version(3)), Ok(same), "{header:?}");
        }
    }

    #[test]
    fn an_invalid_entity_tag_is_refused() {
        let many = ["\"1\""; 21].join(",");
        for header in [
            "3",
            "",
            "\"3",
            "'3'",
            "\"1\" \"2\"",
            "w/\"3\"",
            "\"1\",,\"2\"",
            &many,
        ] {
            assert_eq!(
                if_match(Some(header)),
                Err(InvalidTags),
                "accepted {header:?}"
            );
        }
    }
}
