#![doc = include_str!("../README.md")]

use domain::{
    Adjustment, Category, NewOrder, NewProduct, NewUser, Order, OrderId, Product, ProductChanges,
    ProductId, User, UserChanges, UserId,
};
use function::{Kind, Types};
use problem::Problem;

/// The name of the API.
pub const TITLE: &str = "Shop";

/// What the API is for.
pub const DESCRIPTION: &str = "Users, products and orders of a shop.";

/// The resources by the first segment of their paths, each with one sentence.
pub const RESOURCES: &[(&str, &str)] = &[
    ("health", "Whether the API answers."),
    (
        "orders",
        "Orders of the caller. An order is cancelled, never deleted.",
    ),
    ("products", "Products with prices and stocks."),
    ("users", "Profiles of users."),
];

/// What each scope permits.
pub const SCOPES: &[(&str, &str)] = &[
    (
        "products:write",
        "Add, change and delete products, and change their stocks.",
    ),
    ("users:read", "Read the profile of every user."),
    (
        "users:write",
        "Change and delete the profile of every user.",
    ),
];

/// Returns the types that functions name in their declarations.
#[must_use]
pub fn types() -> Types {
    Types::of_every_service()
        .body::<NewUser>()
        .body::<UserChanges>()
        .body::<NewProduct>()
        .body::<ProductChanges>()
        .body::<Adjustment>()
        .body::<NewOrder>()
        .parameter::<UserId>()
        .parameter::<ProductId>()
        .parameter::<OrderId>()
        .parameter::<Category>()
        .reply::<User>()
        .reply::<Product>()
        .reply::<Order>()
}

/// Returns every problem, with when clients get it and what they can do.
#[must_use]
pub fn problems() -> Vec<(Kind, &'static str, &'static str)> {
    Problem::documentation().collect()
}
