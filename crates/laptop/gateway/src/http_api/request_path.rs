//! Decodes the paths of requests to an HTTP API.

use crate::request_target::{BadTarget, Target};

/// Splits a request target and decodes its path.
pub(super) fn parse(target: &[u8]) -> Result<Target, BadTarget> {
    let target = Target::split(target)?;
    Ok(Target {
        path: decode(target.raw_path.as_bytes())?,
        ..target
    })
}

fn text(bytes: &[u8]) -> Result<String, BadTarget> {
    String::from_utf8(bytes.to_vec()).map_err(|_| BadTarget)
}

/// Decodes a path so that all captured paths agree: decode, cut at the first question mark, decode
/// again, remove dot segments. Fails if an escape is not valid in either pass, or if the path leaves the
/// root.
fn decode(path: &[u8]) -> Result<String, BadTarget> {
    let mut once = unescape(path)?;
    if let Some(at) = once.iter().position(|byte| *byte == b'?') {
        once.truncate(at);
    }
    without_dot_segments(&text(&unescape(&once)?)?)
}

fn unescape(bytes: &[u8]) -> Result<Vec<u8>, BadTarget> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if *byte == b'%' {
            let high = hex(rest.next())?;
            let low = hex(rest.next())?;
            decoded.push(high << 4 | low);
        } else {
            decoded.push(*byte);
        }
    }
    Ok(decoded)
}

fn hex(digit: Option<&u8>) -> Result<u8, BadTarget> {
    digit
        .and_then(|digit| char::from(*digit).to_digit(16))
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(BadTarget)
}

fn without_dot_segments(path: &str) -> Result<String, BadTarget> {
    // Fails if the path is empty, because it began with an escaped question mark.
    let inner = path.strip_prefix('/').ok_or(BadTarget)?;
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = inner.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop().ok_or(BadTarget)?;
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    Ok(format!("/{}", kept.join("/")))
}
