//! Entity tags and the conditions clients make with them (RFC 9110 section 13).

use record::{Expected, Version};

/// A version as a strong entity tag: `"3"`.
pub(crate) fn entity_tag(version: Version) -> String {
    format!("\"{version}\"")
}

/// The versions that `If-Match` names. A tag that is weak or not a version matches nothing
/// (strong comparison, RFC 9110 section 13.1.1).
pub(crate) fn if_match(value: Option<&str>) -> Result<Expected, InvalidTags> {
    match value {
        None => Ok(Expected::Any),
        Some(value) if value.trim() == "*" => Ok(Expected::Any),
        Some(value) => {
            let tags = tags(value)?;
            Ok(Expected::OneOf(
                tags.iter()
                    .filter(|tag| !tag.weak)
                    .filter_map(|tag| tag.version())
                    .collect(),
            ))
        }
    }
}

/// Whether `If-None-Match` names this version (weak comparison, RFC 9110 section 13.1.2).
pub(crate) fn none_match(value: Option<&str>, version: Version) -> Result<bool, InvalidTags> {
    match value {
        None => Ok(false),
        Some(value) if value.trim() == "*" => Ok(true),
        Some(value) => Ok(tags(value)?
            .iter()
            .any(|tag| tag.version() == Some(version))),
    }
}

/// The header is not a list of entity tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not * or a list of 1 to 20 entity tags such as \"3\"")]
pub(crate) struct InvalidTags;

struct Tag<'a> {
    weak: bool,
    opaque: &'a str,
}

impl Tag<'_> {
    /// A version has one spelling: `"03"` is not a tag of this API.
    fn version(&self) -> Option<Version> {
        let version = Version::try_from(self.opaque.parse::<u64>().ok()?).ok()?;
        (version.to_string() == self.opaque).then_some(version)
    }
}

fn tags(value: &str) -> Result<Vec<Tag<'_>>, InvalidTags> {
    let tags: Vec<_> = value
        .split(',')
        .map(|part| tag(part.trim()))
        .collect::<Option<_>>()
        .ok_or(InvalidTags)?;
    if tags.len() > 20 {
        Err(InvalidTags)
    } else {
        Ok(tags)
    }
}

/// Refuses tags with a comma. RFC 9110 allows them, but no version has one.
fn tag(text: &str) -> Option<Tag<'_>> {
    let (weak, quoted) = match text.strip_prefix("W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!opaque.contains('"')).then_some(Tag { weak, opaque })
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
