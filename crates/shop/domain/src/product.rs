//! Products.

use deserr::Deserr;
use record::{Change, Removable, Time, Versioned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Category, Currency, Description, Money, Name, ProductId, Sku, Stock};

/// A product of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    pub id: ProductId,
    /// Unique among all products.
    pub sku: Sku,
    pub name: Name,
    pub category: Category,
    /// The price of one unit.
    pub price: Money,
    pub stock: Stock,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Description")]
    pub description: Option<Description>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Input for creating a product.
#[derive(Clone, Debug, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct NewProduct {
    pub sku: Sku,
    pub name: Name,
    pub category: Category,
    pub price: Money,
    pub stock: Stock,
    #[deserr(default)]
    pub description: Option<Description>,
}

impl NewProduct {
    /// Returns the product, under a new id, created at `now`.
    #[must_use]
    pub fn added(self, now: Time) -> Versioned<Product> {
        let Self {
            sku,
            name,
            category,
            price,
            stock,
            description,
        } = self;
        Versioned::first(Product {
            id: ProductId::generate(),
            sku,
            name,
            category,
            price,
            stock,
            description,
            created_at: now,
            updated_at: now,
        })
    }
}

/// A merge patch of a product. The stock is not part of it: it changes by a delta.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(default, deny_unknown_fields)]
pub struct ProductChanges {
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub sku: Change<Sku>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub name: Change<Name>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub category: Change<Category>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub price: Change<PriceChanges>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Removable::is_keep")]
    pub description: Removable<Description>,
}

/// A merge patch of a price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(default, deny_unknown_fields)]
pub struct PriceChanges {
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub amount: Change<Amount>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub currency: Change<Currency>,
}
