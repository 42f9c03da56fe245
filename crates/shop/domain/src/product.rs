//! Products.

use serde::Serialize;

use crate::{
    Amount, Category, Currency, Description, Money, Name, ProductId, Sku, Stock, Time, Version,
    Versioned,
};

/// Something the store sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Which product.
    pub id: ProductId,
    /// The shop's own number of it; no two products have the same.
    pub sku: Sku,
    /// What it is called.
    pub name: Name,
    /// The shelf it stands on.
    pub category: Category,
    /// What one unit costs.
    pub price: Money,
    /// How many units there are.
    pub stock: Stock,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// When it was added.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// How often it has changed.
    #[serde(skip)]
    pub version: Version,
}

impl Versioned for Product {
    fn version(&self) -> Version {
        self.version
    }
}

/// What there is to say to add a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProduct {
    /// The shop's own number of it.
    pub sku: Sku,
    /// What it is called.
    pub name: Name,
    /// The shelf it stands on.
    pub category: Category,
    /// What one unit costs.
    pub price: Money,
    /// How many units there are.
    pub stock: Stock,
    /// What there is to say about it.
    pub description: Option<Description>,
}

impl NewProduct {
    /// The product, under a new id, added at `now`.
    #[must_use]
    pub fn added(self, now: Time) -> Product {
        let Self {
            sku,
            name,
            category,
            price,
            stock,
            description,
        } = self;
        Product {
            id: ProductId::generate(),
            sku,
            name,
            category,
            price,
            stock,
            description,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }
}

/// The fields of a product that are to change; `None` leaves a field as it is. Stock is not among
/// them: it changes by a [`crate::Delta`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductChanges {
    /// The new number.
    pub sku: Option<Sku>,
    /// The new name.
    pub name: Option<Name>,
    /// The new shelf.
    pub category: Option<Category>,
    /// The parts of the price that change.
    pub price: PriceChanges,
    /// The new description; `Some(None)` takes it away.
    pub description: Option<Option<Description>>,
}

/// The parts of a price that are to change; `None` leaves a part as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceChanges {
    /// The new number of minor units.
    pub amount: Option<Amount>,
    /// The new currency.
    pub currency: Option<Currency>,
}
