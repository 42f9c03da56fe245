//! Unique attributes.
//!
//! DynamoDB keeps only keys unique. So each value that is taken has an item of its own in the table
//! `reservations`, written in one transaction with the entity that holds it.

use aws_sdk_dynamodb::types::{Delete, Put};

use crate::{
    Database, DatabaseError,
    item::text,
    transaction::{Write, built},
};

const TABLE: &str = "reservations";

/// A value that one entity at most may have: the attribute's name and the value.
pub(crate) fn reservation(attribute: &str, value: &str) -> String {
    format!("{attribute}#{value}")
}

/// Reserves a value. Refused when it is taken.
pub(crate) fn reserve(database: &Database, reservation: &str) -> Result<Write, DatabaseError> {
    let put = Put::builder()
        .table_name(database.table(TABLE)?)
        .item("value", text(reservation))
        .condition_expression("attribute_not_exists(#value)")
        .expression_attribute_names("#value", "value");
    Ok(Write::builder().put(built(put.build())).build())
}

/// Releases a value.
pub(crate) fn release(database: &Database, reservation: &str) -> Result<Write, DatabaseError> {
    let delete = Delete::builder()
        .table_name(database.table(TABLE)?)
        .key("value", text(reservation));
    Ok(Write::builder().delete(built(delete.build())).build())
}
