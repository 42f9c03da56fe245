//! Inputs of a test.

use domain::{Amount, Currency, Money, NewProduct, NewUser, Stock};

/// Input for a user with this name and an address made of it.
#[must_use]
pub fn new_user(name: &str) -> NewUser {
    NewUser {
        email: format!("{name}@example.org")
            .parse()
            .expect("a plain name makes an address"),
        name: name.parse().expect("a plain name is a name"),
    }
}

/// Input for a product with this SKU and stock: 19.99 EUR, category `Tea`.
#[must_use]
pub fn new_product(sku: &str, stock: i64) -> NewProduct {
    NewProduct {
        sku: sku.parse().expect("the test gives a SKU"),
        name: "Darjeeling".parse().expect("a plain word is a name"),
        category: "Tea".parse().expect("a plain word is a category"),
        price: Money {
            amount: Amount::try_from(1999).expect("a small number is an amount"),
            currency: Currency::try_from("EUR".to_owned()).expect("euros are in circulation"),
        },
        stock: Stock::try_from(stock).expect("the test gives a stock"),
        description: None,
    }
}
