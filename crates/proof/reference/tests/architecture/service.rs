//! What the tests know about the service of this workspace.

/// The wing of the service: its folder below `crates`.
pub(crate) const WING: &str = "shop";

/// The words of the service that no wing below it may use. "users" and "orders" are also words of
/// IAM and of English.
pub(crate) const WORDS: &[&str] = &[
    "product", "products", "sku", "skus", "email", "emails", "shop", "stock",
];
