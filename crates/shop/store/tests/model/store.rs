//! The same steps on the store itself.

use std::collections::BTreeMap;

use domain::{
    Delta, Line, NewLine, NewOrder, OrderId, PriceChanges, ProductChanges, ProductId, Status,
    UserChanges, UserId,
};
use dynamodb::{ChangeError, Claim, CreateError, Database, PageRequest, RemoveError};
use record::{Change, Expected, Once, Version};
use samples::{new_product, new_user};
use store::{CancelError, Orders, PlaceError, Products, StockError, Users};

use crate::{
    N, Outcome, Step,
    reference::{Model, Order, Product},
};

/// The store, and the ids of what was made in it.
pub(crate) struct Store {
    users: Users,
    products: Products,
    orders: Orders,
    product_ids: Vec<ProductId>,
    order_ids: Vec<OrderId>,
}

impl Store {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            users: Users::new(database.clone()),
            products: Products::new(database.clone()),
            orders: Orders::new(database),
            product_ids: Vec::new(),
            order_ids: Vec::new(),
        }
    }

    pub(crate) async fn take(&mut self, step: &Step) -> Outcome {
        let claim = step.key().map(|key| {
            let request = format!("{step:?}");
            Claim::new("caller", "route", &key.to_string(), &[&request])
        });
        match *step {
            Step::SignUp { user, email } => {
                let made = self
                    .users
                    .create(user_id(user), new_user(&mail(email)), None);
                made.await.map_or_else(of_create, done)
            }
            Step::Move { user, email, stale } => {
                let user = user_id(user);
                let seen = self.user_version(&user, stale).await;
                let changes = UserChanges {
                    email: new_user(&mail(email)).email.into(),
                    ..UserChanges::default()
                };
                let changed = self.users.change(&user, &seen, &changes).await;
                changed.map_or_else(of_change, |_| Outcome::Done)
            }
            Step::Leave { user, stale } => {
                let user = user_id(user);
                let seen = self.user_version(&user, stale).await;
                let left = self.users.remove(&user, &seen).await;
                left.map_or_else(of_remove, |()| Outcome::Done)
            }
            Step::Add { sku, stock, .. } => {
                let new = new_product(&format!("SKU-{sku}"), stock);
                match self.products.create(new, claim).await {
                    Ok(product) => {
                        if !product.replayed {
                            self.product_ids.push(product.id);
                        }
                        done(product)
                    }
                    Err(error) => of_create(error),
                }
            }
            Step::Change {
                product,
                sku,
                amount,
                stale,
            } => {
                let id = self.product_id(product);
                let seen = self.product_version(id, stale).await;
                let changes = ProductChanges {
                    sku: new_product(&format!("SKU-{sku}"), 0).sku.into(),
                    price: Change::Set(PriceChanges {
                        amount: Change::Set(amount.try_into().unwrap()),
                        currency: Change::Keep,
                    }),
                    ..ProductChanges::default()
                };
                let changed = self.products.change(id, &seen, &changes).await;
                changed.map_or_else(of_change, |_| Outcome::Done)
            }
            Step::Remove { product, stale } => {
                let id = self.product_id(product);
                let seen = self.product_version(id, stale).await;
                let removed = self.products.remove(id, &seen).await;
                removed.map_or_else(of_remove, |()| Outcome::Done)
            }
            Step::Adjust { product, delta, .. } => {
                let id = self.product_id(product);
                let delta = Delta::try_from(delta).unwrap();
                match self.products.adjust_stock(id, delta, claim).await {
                    Ok(once) => done(once),
                    Err(StockError::NotFound) => Outcome::NotFound,
                    Err(StockError::OutOfRange { left }) => Outcome::OutOfRange(left.into()),
                    Err(StockError::KeyReused) => Outcome::KeyOfAnother,
                    Err(StockError::OutcomeDeleted) => panic!("no outcome is deleted"),
                    Err(StockError::Database(error)) => panic!("{error}"),
                }
            }
            Step::Place {
                user, ref lines, ..
            } => {
                let lines = lines.iter().map(|(product, quantity)| NewLine {
                    product_id: self.product_id(*product),
                    quantity: (*quantity).try_into().unwrap(),
                });
                let new = NewOrder::try_from(lines.collect::<Vec<_>>()).unwrap();
                match self.orders.place(&user_id(user), &new, claim).await {
                    Ok(order) => {
                        if !order.replayed {
                            self.order_ids.push(order.id);
                        }
                        done(order)
                    }
                    Err(PlaceError::KeyReused) => Outcome::KeyOfAnother,
                    Err(PlaceError::Unknown(lines)) => Outcome::Unknown(lines),
                    Err(PlaceError::Short(lines)) => {
                        let left = lines
                            .iter()
                            .map(|line| (line.line, line.left.units().into()));
                        Outcome::Short(left.collect())
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Step::Cancel { user, order } => {
                let id = self.order_ids.get(order).copied();
                let id = id.unwrap_or_else(OrderId::generate);
                match self.orders.cancel(&user_id(user), id).await {
                    Ok(order) => {
                        assert_eq!(order.status, Status::Cancelled);
                        Outcome::Done
                    }
                    Err(CancelError::NotFound) => Outcome::NotFound,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    /// All that there is, as the model has it.
    pub(crate) async fn read(&self) -> Model {
        let mut read = Model::default();
        for user in 0..3 {
            if let Some(found) = self.users.find(&user_id(user)).await.unwrap() {
                let email = (0..3).find(|email| new_user(&mail(*email)).email == found.email);
                read.users.insert(user, email.unwrap());
            }
        }
        for id in &self.product_ids {
            let found = self.products.find(*id).await.unwrap();
            read.products.push(found.map(|product| {
                let number = product.sku.as_str().trim_start_matches("SKU-");
                Product {
                    sku: number.parse().unwrap(),
                    amount: product.price.amount.minor_units().try_into().unwrap(),
                    stock: product.stock.units().into(),
                }
            }));
        }
        let mut orders = BTreeMap::new();
        for user in 0..2 {
            let page = PageRequest {
                limit: "100".parse().unwrap(),
                after: None,
            };
            let page = self.orders.list(&user_id(user), &page).await.unwrap();
            for order in page.items {
                let read = Order {
                    user,
                    lines: order.items.iter().map(|line| self.line(line)).collect(),
                    cancelled: order.status == Status::Cancelled,
                };
                orders.insert(order.id, read);
            }
        }
        let orders = self.order_ids.iter().map(|id| orders.remove(id).unwrap());
        read.orders = orders.collect();
        read
    }

    fn line(&self, line: &Line) -> (N, i64, i64) {
        let mut ids = self.product_ids.iter();
        (
            ids.position(|id| *id == line.product_id).unwrap(),
            line.quantity.units().into(),
            line.unit_price.amount.minor_units().try_into().unwrap(),
        )
    }

    async fn user_version(&self, id: &UserId, stale: bool) -> Expected {
        let found = self.users.find(id).await.unwrap();
        expected(found.map(|user| user.version), stale)
    }

    async fn product_version(&self, id: ProductId, stale: bool) -> Expected {
        let found = self.products.find(id).await.unwrap();
        expected(found.map(|product| product.version), stale)
    }

    fn product_id(&self, product: N) -> ProductId {
        let id = self.product_ids.get(product).copied();
        id.unwrap_or_else(ProductId::generate)
    }
}

fn user_id(user: N) -> UserId {
    format!("user-{user}").parse().unwrap()
}

fn mail(email: N) -> String {
    format!("mail-{email}")
}

/// The version that is there, or one that is not.
fn expected(now: Option<Version>, stale: bool) -> Expected {
    match now {
        Some(version) if stale => Expected::OneOf(vec![version.next()]),
        Some(version) => Expected::OneOf(vec![version]),
        None => Expected::Any,
    }
}

fn done<T>(once: Once<T>) -> Outcome {
    if once.replayed {
        Outcome::DoneBefore
    } else {
        Outcome::Done
    }
}

fn of_create(error: CreateError) -> Outcome {
    match error {
        CreateError::Exists => Outcome::Exists,
        CreateError::Taken => Outcome::Taken,
        CreateError::KeyReused => Outcome::KeyOfAnother,
        CreateError::OutcomeDeleted => panic!("no profile was created with a key"),
        CreateError::Database(error) => panic!("{error}"),
    }
}

fn of_change(error: ChangeError) -> Outcome {
    match error {
        ChangeError::NotFound => Outcome::NotFound,
        ChangeError::Moved => Outcome::Moved,
        ChangeError::Taken => Outcome::Taken,
        ChangeError::Database(error) => panic!("{error}"),
    }
}

fn of_remove(error: RemoveError) -> Outcome {
    match error {
        RemoveError::NotFound => Outcome::NotFound,
        RemoveError::Moved => Outcome::Moved,
        RemoveError::Database(error) => panic!("{error}"),
    }
}
