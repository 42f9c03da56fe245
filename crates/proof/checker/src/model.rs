//! What the store's answers tell of its things.

use serde::Deserialize;
use std::fmt;

/// Money in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Money {
    /// Minor units.
    pub amount: u64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as in the API")]
pub struct User {
    pub id: String,
    pub email: String,
    pub name: String,
    pub created_at: String,
    pub updated_at: String,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as in the API")]
pub struct Product {
    pub id: String,
    pub sku: String,
    pub name: String,
    pub category: String,
    pub price: Money,
    pub stock: u64,
    pub created_at: String,
    pub updated_at: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as in the API")]
pub struct Order {
    pub id: String,
    pub status: Status,
    pub items: Vec<Line>,
    pub total: Money,
    pub created_at: String,
    #[serde(default)]
    pub cancelled_at: Option<String>,
}

/// Whether an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "named as in the API")]
pub enum Status {
    Placed,
    Cancelled,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as in the API")]
pub struct Line {
    pub product_id: String,
    pub quantity: u64,
    pub name: String,
    pub unit_price: Money,
    pub total: Money,
}

/// One of the store's things.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Thing {
    User(User),
    Product(Product),
    Order(Order),
}

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Kind {
    User,
    Product,
    Order,
}

impl Thing {
    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Product(_) => Kind::Product,
            Self::Order(_) => Kind::Order,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => &user.id,
            Self::Product(product) => &product.id,
            Self::Order(order) => &order.id,
        }
    }

    /// What no other thing of its kind may have.
    #[must_use]
    pub fn unique(&self) -> Option<String> {
        match self {
            Self::User(user) => Some(user.email.to_lowercase()),
            Self::Product(product) => Some(product.sku.clone()),
            Self::Order(_) => None,
        }
    }

    /// Its name, which the checker makes a different one in each request.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(user) => Some(&user.name),
            Self::Product(product) => Some(&product.name),
            Self::Order(_) => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Product => "product",
            Self::Order => "order",
        })
    }
}
