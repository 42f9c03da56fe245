//! The places of a request that are wrong, bounded in number and length.

use schemars::JsonSchema;
use serde::Serialize;

/// The greatest number of places that a problem document lists: enough for a body with an array of fifty objects of two
/// fields each.
pub(crate) const MAX_FIELDS: usize = 100;

/// The greatest number of bytes of a pointer, of a parameter's name and of a detail.
const MAX_TEXT: usize = 128;

/// A place in a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InvalidField {
    /// A place in the body as a JSON Pointer (RFC 6901). The body itself is `""`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = MAX_TEXT), extend("examples" = ["/name"]))]
    pub(crate) pointer: Option<String>,
    /// The name of the path, query or header parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = MAX_TEXT))]
    pub(crate) parameter: Option<String>,
    /// What is wrong.
    #[schemars(length(max = MAX_TEXT), extend("examples" = ["is empty"]))]
    pub(crate) detail: String,
}

impl InvalidField {
    /// A place in the body.
    pub fn body(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self {
            pointer: Some(shortened(pointer.into())),
            parameter: None,
            detail: shortened(detail.to_string()),
        }
    }

    /// A parameter of the path, the query or a header.
    pub fn parameter(name: &str, detail: impl ToString) -> Self {
        Self {
            pointer: None,
            parameter: Some(shortened(name.to_owned())),
            detail: shortened(detail.to_string()),
        }
    }

    /// The entry after the last place that is listed.
    fn more() -> Self {
        Self {
            pointer: None,
            parameter: None,
            detail: format!("only the first {MAX_FIELDS} errors are listed"),
        }
    }
}

/// Cuts a text to [`MAX_TEXT`] bytes. The end of a cut text is an ellipsis. Control characters are
/// replaced: JSON writes each with six characters, and some of them change what a terminal shows.
fn shortened(mut text: String) -> String {
    const ELLIPSIS: char = '…';
    if text.contains(char::is_control) {
        text = text.replace(char::is_control, "\u{fffd}");
    }
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT - ELLIPSIS.len_utf8()));
        text.push(ELLIPSIS);
    }
    text
}

/// The places of a request that are wrong. Keeps the first hundred.
#[derive(Debug, Default)]
pub struct InvalidFields {
    fields: Vec<InvalidField>,
    more: bool,
}

impl InvalidFields {
    /// Adds a place. When the list is full, `field` is not called.
    pub(crate) fn push(&mut self, field: impl FnOnce() -> InvalidField) {
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(field());
        } else {
            self.more = true;
        }
    }

    /// Adds the places of `other`.
    pub(crate) fn append(&mut self, other: Self) {
        self.more |= other.more;
        for field in other.fields {
            self.push(|| field);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether there were more places than the list holds.
    pub(crate) fn has_more(&self) -> bool {
        self.more
    }

    /// The places. If there were more than the list holds, the last entry says so.
    pub(crate) fn into_vec(mut self) -> Vec<InvalidField> {
        if self.more {
            self.fields.push(InvalidField::more());
        }
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character_and_freed_of_controls() {
        for (text, expected) in [
            ("a".repeat(128), "a".repeat(128)),
            ("a".repeat(129), "a".repeat(125) + "…"),
            ("é".repeat(65), "é".repeat(62) + "…"),
            (
                "/a\u{1b}\u{9b}b".to_owned(),
                "/a\u{fffd}\u{fffd}b".to_owned(),
            ),
        ] {
            let field = InvalidField::body(text.as_str(), text.as_str());
            assert_eq!(
                (field.pointer, field.detail),
                (Some(expected.clone()), expected)
            );
        }
    }

    #[test]
    fn the_entry_after_a_hundred_says_that_there_are_more() {
        let mut fields = InvalidFields::default();

        for n in 0..1_000 {
            fields.push(|| InvalidField::body(format!("/{n}"), "is wrong"));
        }

        let fields = fields.into_vec();
        assert_eq!(fields.len(), 101);
        assert_eq!(fields[99].pointer.as_deref(), Some("/99"));
        assert_eq!(fields[100], InvalidField::more());
    }
}
