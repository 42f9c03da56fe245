//! The query string as decoded pairs.

use percent_encoding::percent_decode_str;

/// Returns decoded names and values in the order in which they were sent. Invalid escapes are kept, and
/// bytes that are not UTF-8 become U+FFFD.
pub(crate) fn pairs(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
