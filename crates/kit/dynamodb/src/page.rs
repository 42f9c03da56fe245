//! Lists by page.

use std::{convert::Infallible, fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use sha2::{Digest, Sha256};

/// The greatest number of items on a page: 1 to 100, by default 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "i32", extend(
    "minimum" = 1,
    "maximum" = Limit::MAX,
    "default" = Limit::default().0,
    "examples" = [50],
))]
pub struct Limit(u8);

/// The text is not a [`Limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a whole number from 1 to 100")]
pub struct InvalidLimit;

impl Limit {
    /// The most items of any page.
    pub const MAX: u8 = 100;

    pub(crate) fn items(self) -> i32 {
        self.0.into()
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        match text.parse() {
            Ok(items @ 1..=Self::MAX) => Ok(Self(items)),
            _ => Err(InvalidLimit),
        }
    }
}

/// Which page of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// The greatest number of items.
    pub limit: Limit,
    /// Where the page begins; `None` for the first page.
    pub after: Option<Cursor>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Cursor>,
}

/// A position in one list: opaque to clients, and refused by every other list.
///
/// It holds the sort values of the last item and a checksum over them and the list. What a page may
/// show is decided by the list alone, which is made from the request each time, and the values are
/// parsed. So even a forged cursor can only begin the caller's own list at another position.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(
    description = "A position in one list. It is opaque, and every other list refuses it.",
    extend(
        "minLength" = 1,
        "maxLength" = MAX_CURSOR,
        "pattern" = "^[A-Za-z0-9_-]+$",
    ),
)]
pub struct Cursor(String);

const CHECKSUM: usize = 8;

/// The greatest number of characters of a cursor. The longest that a list makes, of an id of 255
/// characters that JSON escapes, has 700. DynamoDB refuses keys of over 1,024 bytes.
const MAX_CURSOR: usize = 1_024;

impl Cursor {
    /// The position after the item with these values.
    pub(crate) fn new(list: &str, values: &[String]) -> Self {
        let values = serde_json::to_vec(values).expect("strings can be written as JSON");
        let mut bytes = checksum(list, &values).to_vec();
        bytes.extend(values);
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The values of the last item; `None` when the cursor is damaged or belongs to another list.
    pub(crate) fn values(&self, list: &str) -> Option<Vec<String>> {
        if self.0.len() > MAX_CURSOR {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.0).ok()?;
        let (sum, values) = bytes.split_at_checked(CHECKSUM)?;
        if checksum(list, values) != sum {
            return None;
        }
        serde_json::from_slice(values).ok()
    }
}

fn checksum(list: &str, values: &[u8]) -> [u8; CHECKSUM] {
    // No list has a NUL in its name, so the two parts stay apart.
    let digest = Sha256::new()
        .chain_update(list)
        .chain_update([0])
        .chain_update(values)
        .finalize();
    std::array::from_fn(|at| digest[at])
}

impl FromStr for Cursor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

impl From<String> for Cursor {
    /// Takes any text. Whether it is a cursor of a list is known when the list is read.
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_to_a_hundred() {
        for (text, items) in [("1", 1), ("100", 100), ("020", 20)] {
            assert_eq!(text.parse::<Limit>().unwrap().items(), items, "{text}");
        }
        for text in [
            "",
            "0",
            "101",
            "-1",
            "1e9",
            "1000000000",
            "1.0",
            " 1",
            "one",
        ] {
            assert_eq!(
                text.parse::<Limit>(),
                Err(InvalidLimit),
                "accepted {text:?}"
            );
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_position() {
        let cursor = Cursor::new("notes?topic=Tea", &["7".to_owned()]);

        assert_eq!(cursor.values("notes?topic=Tea").unwrap(), ["7"]);
    }

    #[test]
    fn a_cursor_is_refused_above_its_greatest_length() {
        for (length, accepted) in [(700, true), (800, false), (5_000, false)] {
            let cursor = Cursor::new("notes", &["a".repeat(length)]);
            assert_eq!(cursor.values("notes").is_some(), accepted, "{length}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursor::new("notes?topic=Tea", &["7".to_owned()]);

        for query in ["notes", "notes?topic=Te", "tags"] {
            assert!(cursor.values(query).is_none(), "accepted for {query}");
        }
    }

    #[test]
    fn a_damaged_cursor_is_refused() {
        let good = Cursor::new("notes", &["alice".to_owned()]).to_string();
        let flipped = (0..good.len()).map(|at| {
            let mut text = good.clone();
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            text.replace_range(at..=at, other);
            text
        });
        let odd = ["", "A", "not base64!", "é", "AAAAAAAAAAA"].map(str::to_owned);

        for text in flipped
            .chain(odd)
            .chain([good[1..].to_owned(), format!("{good}AAAA")])
        {
            assert!(
                Cursor::from(text.clone()).values("notes").is_none(),
                "accepted {text:?}"
            );
        }
    }
}
