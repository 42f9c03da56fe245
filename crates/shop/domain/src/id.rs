//! Identifiers.

record::subject_id!(
    /// A user: the subject of their token.
    UserId
);
record::uuid_id!(
    /// Which product.
    ProductId
);
record::uuid_id!(
    /// Which order.
    OrderId
);
