//! The store's resources, as its responses represent them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    User(User),
    Product(Product),
    Order(Order),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    User,
    Product,
    Order,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    pub email: String,
    pub name: String,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
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

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: String,
    pub status: Status,
    pub items: Vec<Line>,
    pub total: Money,
    pub created_at: String,
    #[serde(default)]
    pub cancelled_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Placed,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub product_id: String,
    pub quantity: u64,
    pub name: String,
    pub unit_price: Money,
    pub total: Money,
}

/// Money in minor units of an ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: u64,
    pub currency: String,
}

impl Money {
    #[must_use]
    pub fn eur(amount: u64) -> Self {
        Self {
            amount,
            currency: "EUR".to_owned(),
        }
    }
}

impl Resource {
    /// Parses the JSON representation of a resource.
    ///
    /// # Errors
    /// Fails if a field is missing or has another type.
    pub fn parse(kind: Kind, value: Value) -> serde_json::Result<Self> {
        match kind {
            Kind::User => serde_json::from_value(value).map(Self::User),
            Kind::Product => serde_json::from_value(value).map(Self::Product),
            Kind::Order => serde_json::from_value(value).map(Self::Order),
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Product(_) => Kind::Product,
            Self::Order(_) => Kind::Order,
        }
    }

    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => &user.id,
            Self::Product(product) => &product.id,
            Self::Order(order) => &order.id,
        }
    }

    /// Returns the value that must be unique among the resources of this kind.
    #[must_use]
    pub fn unique(&self) -> Option<String> {
        match self {
            Self::User(user) => Some(user.email.to_lowercase()),
            Self::Product(product) => Some(product.sku.clone()),
            Self::Order(_) => None,
        }
    }

    /// Returns the name. The checker sends a different name in each request.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(user) => Some(&user.name),
            Self::Product(product) => Some(&product.name),
            Self::Order(_) => None,
        }
    }
}
