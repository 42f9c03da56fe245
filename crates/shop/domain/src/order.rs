//! Orders.

use std::{borrow::Cow, collections::HashSet};

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};
use record::{Time, Versioned};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{Amount, Money, Name, OrderId, Product, ProductId};

/// How many units of a product an order line is for: 1 to 1,000.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "i64")]
#[schemars(with = "i32", extend("minimum" = 1, "maximum" = Quantity::MAX, "examples" = [2]))]
pub struct Quantity(u32);

/// The number is not a [`Quantity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between 1 and 1000")]
pub struct InvalidQuantity;

impl Quantity {
    const MAX: u32 = 1000;

    /// The number of units.
    #[must_use]
    pub fn units(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = InvalidQuantity;

    fn try_from(units: i64) -> Result<Self, InvalidQuantity> {
        match u32::try_from(units) {
            Ok(units @ 1..=Self::MAX) => Ok(Self(units)),
            _ => Err(InvalidQuantity),
        }
    }
}

record::parsed_value!(Quantity, i64);

/// Input for a line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
}

/// Input for an order: 1 to 50 lines, each for another product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder(Vec<NewLine>);

/// Input for an order: 1 to 50 lines, each for another product.
#[derive(Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
struct Body {
    /// The lines, each for another product.
    #[schemars(length(min = 1, max = NewOrder::MAX_LINES), extend("uniqueItems" = true))]
    items: Vec<NewLine>,
}

/// The lines are not a [`NewOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// No lines, or too many.
    #[error("does not have 1 to 50 lines")]
    Size,
    /// The line at this index has the product of an earlier line.
    #[error("is the product of an earlier line")]
    Repeated(usize),
}

impl<E: DeserializeError> Deserr<E> for NewOrder {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Body { items } = Body::deserialize_from_value(value, location)?;
        let items_location = location.push_key("items");
        Self::try_from(items).map_err(|error| match error {
            InvalidOrder::Size => record::refuse::<V, E>(error, items_location),
            InvalidOrder::Repeated(line) => {
                let line = items_location.push_index(line);
                record::refuse::<V, E>(error, line.push_key("productId"))
            }
        })
    }
}

impl JsonSchema for NewOrder {
    fn schema_name() -> Cow<'static, str> {
        "NewOrder".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Body::json_schema(generator)
    }
}

impl NewOrder {
    const MAX_LINES: usize = 50;

    #[must_use]
    pub fn lines(&self) -> &[NewLine] {
        &self.0
    }

    /// The order of `buyable` products, in the order of its lines, at their prices of this moment.
    ///
    /// # Errors
    ///
    /// [`Unplaceable`] when the prices cannot be added up.
    pub fn placed<'a>(
        &self,
        buyable: impl IntoIterator<Item = &'a Product>,
        now: Time,
    ) -> Result<Versioned<Order>, Unplaceable> {
        let lines: Vec<_> = self
            .0
            .iter()
            .zip(buyable)
            .map(|(line, product)| line.of(product))
            .collect::<Option<_>>()
            .ok_or(Unplaceable::TooDear)?;
        let currency = lines.first().ok_or(Unplaceable::TooDear)?.total.currency;
        if lines.iter().any(|line| line.total.currency != currency) {
            return Err(Unplaceable::Currencies);
        }
        let total = lines
            .iter()
            .try_fold(Amount::ZERO, |sum, line| sum.plus(line.total.amount))
            .ok_or(Unplaceable::TooDear)?;
        Ok(Versioned::first(Order {
            id: OrderId::generate(),
            status: Status::Placed,
            items: lines,
            total: Money {
                amount: total,
                currency,
            },
            created_at: now,
            cancelled_at: None,
        }))
    }
}

impl NewLine {
    fn of(self, product: &Product) -> Option<Line> {
        let amount = product.price.amount.times(self.quantity.units())?;
        Some(Line {
            product_id: self.product_id,
            quantity: self.quantity,
            name: product.name.clone(),
            unit_price: product.price,
            total: Money {
                amount,
                currency: product.price.currency,
            },
        })
    }
}

impl TryFrom<Vec<NewLine>> for NewOrder {
    type Error = InvalidOrder;

    fn try_from(lines: Vec<NewLine>) -> Result<Self, InvalidOrder> {
        if !(1..=Self::MAX_LINES).contains(&lines.len()) {
            return Err(InvalidOrder::Size);
        }
        let mut seen = HashSet::new();
        match lines.iter().position(|line| !seen.insert(line.product_id)) {
            Some(at) => Err(InvalidOrder::Repeated(at)),
            None => Ok(Self(lines)),
        }
    }
}

/// Why products that are there cannot be ordered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplaceable {
    /// Their prices are in more than one currency.
    #[error("has products with prices in more than one currency")]
    Currencies,
    /// Their prices add up to more than an [`Amount`] holds.
    #[error("adds up to more than 9007199254740991 minor units")]
    TooDear,
}

/// An order of one user. Version 1 is placed, version 2 is cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: OrderId,
    pub status: Status,
    /// The lines, at the prices of the time when the order was placed.
    #[schemars(length(min = 1, max = NewOrder::MAX_LINES))]
    pub items: Vec<Line>,
    pub total: Money,
    pub created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Time")]
    pub cancelled_at: Option<Time>,
}

/// The state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its units are taken from the stocks.
    Placed,
    /// Its units are back in stock.
    Cancelled,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub product_id: ProductId,
    pub quantity: Quantity,
    /// The name of the product when the order was placed.
    pub name: Name,
    pub unit_price: Money,
    pub total: Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, NewProduct, Stock};

    fn product(amount: i64, currency: &str) -> Product {
        let price = Money {
            amount: amount.try_into().unwrap(),
            currency: Currency::try_from(currency.to_owned()).unwrap(),
        };
        NewProduct {
            sku: "TEA-1".parse().unwrap(),
            name: "Tea".parse().unwrap(),
            category: "Tea".parse().unwrap(),
            price,
            stock: Stock::MAX,
            description: None,
        }
        .added(Time::now())
        .entity
    }

    fn order(lines: &[(&Product, i64)]) -> NewOrder {
        let lines: Vec<_> = lines
            .iter()
            .map(|(product, units)| NewLine {
                product_id: product.id,
                quantity: (*units).try_into().unwrap(),
            })
            .collect();
        lines.try_into().unwrap()
    }

    #[test]
    fn a_quantity_is_one_to_a_thousand() {
        for units in [1, 1000] {
            assert_eq!(i64::from(Quantity::try_from(units).unwrap().units()), units);
        }
        for units in [0, -1, 1001, i64::MAX] {
            assert_eq!(
                Quantity::try_from(units),
                Err(InvalidQuantity),
                "accepted {units}"
            );
        }
    }

    #[test]
    fn an_order_has_lines_and_no_product_twice() {
        let line = NewLine {
            product_id: ProductId::generate(),
            quantity: Quantity(1),
        };
        let other = NewLine {
            product_id: ProductId::generate(),
            ..line
        };
        let many = |count| {
            (0..count)
                .map(|_| NewLine {
                    product_id: ProductId::generate(),
                    ..line
                })
                .collect::<Vec<_>>()
        };

        assert_eq!(NewOrder::try_from(vec![]), Err(InvalidOrder::Size));
        assert_eq!(NewOrder::try_from(many(51)), Err(InvalidOrder::Size));
        assert_eq!(
            NewOrder::try_from(vec![line, other, line]),
            Err(InvalidOrder::Repeated(2))
        );
        assert_eq!(NewOrder::try_from(many(50)).unwrap().lines().len(), 50);
    }

    #[test]
    fn totals_add_up() {
        let (tea, tin) = (product(1999, "EUR"), product(5, "EUR"));

        let order = order(&[(&tea, 3), (&tin, 1000)])
            .placed([&tea, &tin], Time::now())
            .unwrap();

        assert_eq!(order.items[0].total.amount.minor_units(), 5997);
        assert_eq!(order.total.amount.minor_units(), 10_997);
    }

    #[test]
    fn prices_that_cannot_be_added_are_refused() {
        let (euros, yen, dear) = (
            product(1, "EUR"),
            product(1, "JPY"),
            product(9_007_199_254_740_991, "EUR"),
        );

        let place = |lines: &[(&Product, i64)]| {
            order(lines)
                .placed(lines.iter().map(|(product, _)| *product), Time::now())
                .unwrap_err()
        };

        assert_eq!(place(&[(&euros, 1), (&yen, 1)]), Unplaceable::Currencies);
        assert_eq!(place(&[(&dear, 2)]), Unplaceable::TooDear);
        assert_eq!(place(&[(&dear, 1), (&euros, 1)]), Unplaceable::TooDear);
    }
}
