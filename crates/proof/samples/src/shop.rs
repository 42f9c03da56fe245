//! A shop of its own for each test.

use std::{fmt, ops::Deref};

use domain::{NewLine, NewOrder, NewProduct, Order, Product, User};
use record::{Once, Versioned};
use store::{Orders, Products, Users};
use testkit::Fixture;

use crate::{new_product, new_user};

/// A test fixture that can be filled with users, products and orders.
pub struct Shop(Fixture);

impl Deref for Shop {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.0
    }
}

impl Shop {
    /// Opens an empty shop.
    ///
    /// # Panics
    ///
    /// Panics if the test's package is not a function, or its declaration is not valid.
    pub async fn open() -> Self {
        Self(Fixture::open().await)
    }

    /// Creates a user whose id, name and address are made of `name`.
    ///
    /// # Panics
    ///
    /// Panics if the user exists.
    pub async fn user(&self, name: &str) -> Versioned<User> {
        let id = name.parse().expect("a plain name is an id");
        let users = Users::new(self.owner());
        created(users.create(id, new_user(name), None).await)
    }

    /// Creates a product with this SKU and stock.
    ///
    /// # Panics
    ///
    /// Panics if the SKU is taken.
    pub async fn product(&self, sku: &str, stock: i64) -> Versioned<Product> {
        self.add(new_product(sku, stock)).await
    }

    /// Creates a product.
    ///
    /// # Panics
    ///
    /// Panics if the SKU is taken.
    pub async fn add(&self, new: NewProduct) -> Versioned<Product> {
        created(Products::new(self.owner()).create(new, None).await)
    }

    /// Places an order of `user` for these units of each product.
    ///
    /// # Panics
    ///
    /// Panics if there are too few units.
    pub async fn order(&self, user: &str, lines: &[(&Product, i64)]) -> Versioned<Order> {
        let line = |(product, units): &(&Product, i64)| NewLine {
            product_id: product.id,
            quantity: (*units).try_into().expect("the test gives a quantity"),
        };
        let new: NewOrder = lines
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .try_into()
            .expect("the test gives lines");
        let user = user.parse().expect("a plain name is an id");
        created(Orders::new(self.owner()).place(&user, &new, None).await)
    }

    /// The units of a product in stock.
    ///
    /// # Panics
    ///
    /// Panics if the product does not exist.
    pub async fn stock(&self, product: &Product) -> u32 {
        let found = Products::new(self.owner()).find(product.id).await;
        let found = found.expect("the database answers");
        found.expect("the product exists").stock.units()
    }
}

fn created<T, E: fmt::Debug>(outcome: Result<Once<T>, E>) -> Versioned<T> {
    outcome.expect("the test prepares a valid shop").outcome
}
