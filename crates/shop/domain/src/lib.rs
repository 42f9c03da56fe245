#![doc = include_str!("../README.md")]

mod email;
mod id;
mod money;
mod order;
mod product;
mod sku;
mod stock;
mod text;
mod user;

pub use email::{Email, InvalidEmail};
pub use id::{OrderId, ProductId, UserId};
pub use money::{Amount, Currency, InvalidAmount, InvalidCurrency, Money};
pub use order::{
    InvalidOrder, InvalidQuantity, Line, NewLine, NewOrder, Order, Quantity, Status, Unplaceable,
};
pub use product::{NewProduct, PriceChanges, Product, ProductChanges};
pub use sku::{InvalidSku, Sku};
pub use stock::{Adjustment, Delta, InvalidDelta, InvalidStock, Stock};
pub use text::{Category, Description, Name};
pub use user::{NewUser, User, UserChanges};
