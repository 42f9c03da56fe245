//! Lists, a page at a time.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::ListError;

/// How many items a page has at the most: 1 to 100, 20 unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u8);

/// A text that is no [`Limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a whole number from 1 to 100")]
pub struct InvalidLimit;

impl Limit {
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
            Ok(items @ 1..=100) => Ok(Self(items)),
            _ => Err(InvalidLimit),
        }
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// How many items at the most.
    pub limit: Limit,
    /// After which item; from the start when there is none.
    pub after: Option<Cursor>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Cursor>,
}

/// A place in the answer to one query: opaque to clients, and of no use with another query.
///
/// It holds the id of the last item seen and a checksum over that id and the query. What a page may
/// show is decided by the query alone, which is made anew from the request each time; so even a
/// forged cursor can only begin the caller's own list at another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

const CHECKSUM: usize = 8;

impl Cursor {
    pub(crate) fn new(query: &str, last: &str) -> Self {
        let mut bytes = checksum(query, last.as_bytes()).to_vec();
        bytes.extend_from_slice(last.as_bytes());
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id of the last item that was seen in the answer to `query`.
    pub(crate) fn last(&self, query: &str) -> Result<String, ListError> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(&self.0)
            .map_err(|_| ListError::InvalidCursor)?;
        let (sum, last) = bytes
            .split_at_checked(CHECKSUM)
            .ok_or(ListError::InvalidCursor)?;
        if last.is_empty() || checksum(query, last) != sum {
            return Err(ListError::InvalidCursor);
        }
        String::from_utf8(last.to_vec()).map_err(|_| ListError::InvalidCursor)
    }
}

fn checksum(query: &str, last: &[u8]) -> [u8; CHECKSUM] {
    // A NUL is in no query and in no id, so the two cannot be shifted against each other.
    let digest = Sha256::new()
        .chain_update(query)
        .chain_update([0])
        .chain_update(last)
        .finalize();
    std::array::from_fn(|at| digest[at])
}

impl From<String> for Cursor {
    /// Any text: whether it is a cursor of a query is known when the query is made.
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
    fn a_cursor_leads_back_to_its_place_in_its_query() {
        let cursor = Cursor::new("products?category=Tea", "7");

        assert_eq!(cursor.last("products?category=Tea").unwrap(), "7");
    }

    #[test]
    fn a_cursor_of_another_query_is_refused() {
        let cursor = Cursor::new("products?category=Tea", "7");

        for query in ["products", "products?category=Te", "users"] {
            assert!(cursor.last(query).is_err(), "accepted for {query}");
        }
    }

    #[test]
    fn a_damaged_cursor_is_refused() {
        let good = Cursor::new("users", "alice").to_string();
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
                Cursor::from(text.clone()).last("users").is_err(),
                "accepted {text:?}"
            );
        }
    }
}
