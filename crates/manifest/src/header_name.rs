//! The names of HTTP headers.

/// Checks the name of a header: a token of RFC 9110. `*` is one too. The error is a message.
pub(crate) fn check_header_name(name: &str) -> Result<(), String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.is_empty() && name.chars().all(is_token) {
        return Ok(());
    }
    Err(format!("{name:?} is not the name of a header"))
}
