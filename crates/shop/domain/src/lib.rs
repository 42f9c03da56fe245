#![doc = include_str!("../README.md")]

/// Serde reads and writes `$type` as the text of its `FromStr` and `Display`.
macro_rules! written_as_text {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = <$type as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    };
}
pub(crate) use written_as_text;

mod email;
mod id;
mod money;
mod order;
mod product;
mod sku;
mod stock;
mod text;
mod time;
mod user;
mod version;

pub use email::{Email, InvalidEmail};
pub use id::{InvalidUserId, InvalidUuid, OrderId, ProductId, UserId};
pub use money::{Amount, Currency, InvalidAmount, InvalidCurrency, Money};
pub use order::{
    InvalidOrder, InvalidQuantity, Line, NewLine, NewOrder, Order, Quantity, Status, Unplaceable,
};
pub use product::{NewProduct, PriceChanges, Product, ProductChanges};
pub use sku::{InvalidSku, Sku};
pub use stock::{Delta, InvalidDelta, InvalidStock, Stock};
pub use text::{Category, Description, InvalidText, Name};
pub use time::{InvalidTime, Time};
pub use user::{NewUser, User, UserChanges};
pub use version::{Expected, InvalidVersion, Version, Versioned};
