//! What the tests know about the service of this workspace.

/// The wing of the service: its folder below `crates`.
pub(crate) const WING: &str = "acme";

/// The words of the service that no wing below it may use, in lower case.
pub(crate) const WORDS: &[&str] = &[/* words */];
