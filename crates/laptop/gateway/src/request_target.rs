//! Request targets: the forms that HTTP allows, and their parts.

/// A request target, split and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The path by which a route is selected. An HTTP API decodes it and removes dot segments. A REST
    /// API removes the stage and leaves the rest as sent.
    pub(crate) path: String,
    /// The path as sent.
    pub(crate) raw_path: String,
    /// The query as sent, without the question mark.
    pub(crate) query: String,
}

/// The error for a target that is answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadTarget;

impl Target {
    /// Splits a target into path and query, as sent. `path` equals `raw_path`.
    pub(crate) fn split(target: &[u8]) -> Result<Target, BadTarget> {
        let origin_form = origin_form(target).ok_or(BadTarget)?;
        let (path, query) = match origin_form.iter().position(|byte| *byte == b'?') {
            Some(at) => (&origin_form[..at], &origin_form[at + 1..]),
            None => (origin_form, &[][..]),
        };
        let raw_path = text(path)?;
        Ok(Target {
            path: raw_path.clone(),
            raw_path,
            query: text(query)?,
        })
    }
}

fn text(bytes: &[u8]) -> Result<String, BadTarget> {
    String::from_utf8(bytes.to_vec()).map_err(|_| BadTarget)
}

/// Returns path and query of a target in origin form or in absolute form.
pub(crate) fn origin_form(target: &[u8]) -> Option<&[u8]> {
    if target.starts_with(b"/") {
        return Some(target);
    }
    let scheme = target.windows(3).position(|bytes| bytes == b"://")?;
    let rest = &target[scheme + 3..];
    match rest.iter().position(|byte| matches!(byte, b'/' | b'?')) {
        Some(at) if rest[at] == b'/' => Some(&rest[at..]),
        _ => Some(b"/"),
    }
}
