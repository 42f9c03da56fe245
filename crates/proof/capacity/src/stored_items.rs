//! Items as the store writes them, for loading in batches.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{OrderId, ProductId, UserId};

pub(crate) type Item = HashMap<String, AttributeValue>;

const THEN: &str = "2026-01-01T00:00:00.000Z";

pub(crate) fn user(id: &UserId) -> Item {
    item([
        ("id", text(id)),
        ("email", text(format!("{id}@example.org"))),
        ("name", text(id)),
        ("createdAt", text(THEN)),
        ("updatedAt", text(THEN)),
        ("version", number(1)),
    ])
}

pub(crate) fn product(id: ProductId) -> Item {
    item([
        ("id", text(id)),
        ("sku", text("SKU-1")),
        ("name", text("Darjeeling")),
        ("category", text("Tea")),
        ("price", money(1999)),
        ("stock", number(1)),
        ("createdAt", text(THEN)),
        ("updatedAt", text(THEN)),
        ("version", number(1)),
    ])
}

pub(crate) fn order(user: &UserId) -> Item {
    item([
        ("userId", text(user)),
        ("id", text(OrderId::generate())),
        ("status", text("placed")),
        ("items", AttributeValue::L(Vec::new())),
        ("total", money(0)),
        ("createdAt", text(THEN)),
        ("version", number(1)),
    ])
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn money(amount: u32) -> AttributeValue {
    AttributeValue::M(item([
        ("amount", number(amount)),
        ("currency", text("EUR")),
    ]))
}

fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}
