//! Orders in DynamoDB.

use std::collections::HashMap;

use domain::{Line, NewOrder, Order, OrderId, Product, ProductId, Status, Stock, UserId};
use dynamodb::{
    Claim, Database, DatabaseError, Key, List, ListError, Outcome, Page, PageRequest, Retry,
    Schema, Table, Transaction, Update,
};
use record::{Expected, Once, Time, Versioned};

use crate::{CancelError, PlaceError, Products, Short, products};

/// The orders, in the table `orders` under their users; the stocks in `products`.
#[derive(Clone, Debug)]
pub struct Orders {
    orders: Table<Orders>,
    products: Table<Products>,
}

/// The writes that place or cancel an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Order,
    Stock(ProductId),
    Receipt,
}

impl Schema for Orders {
    type Entity = Order;

    const TABLE: &'static str = "orders";
}

fn key(user: &UserId, id: OrderId) -> Key {
    Key::new("userId", user).and("id", id)
}

impl Orders {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            products: Table::new(database.clone()),
            orders: Table::new(database),
        }
    }

    /// Places an order at the current prices and takes its units from the stocks, in one transaction,
    /// which requires that each product exists, costs what was read and has enough units.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Unknown`] and [`PlaceError::Short`] with every such line,
    /// [`PlaceError::Unplaceable`] when the prices cannot be added up, [`PlaceError::KeyReused`].
    pub async fn place(
        &self,
        user: &UserId,
        new: &NewOrder,
        claim: Option<Claim>,
    ) -> Result<Once<Order>, PlaceError> {
        let receipts = self.orders.receipts();
        if let Some(earlier) = receipts.find(claim.as_ref()).await? {
            return Ok(earlier);
        }
        match self.place_now(user, new, claim.as_ref()).await {
            Err(PlaceError::Database(error)) => Err(error.into()),
            // Another request with the claim may have placed the order in between.
            Err(refusal) => receipts.find(claim.as_ref()).await?.ok_or(refusal),
            placed => placed,
        }
    }

    async fn place_now(
        &self,
        user: &UserId,
        new: &NewOrder,
        claim: Option<&Claim>,
    ) -> Result<Once<Order>, PlaceError> {
        let receipts = self.orders.receipts();
        let mut retry = Retry::default();
        loop {
            let products = self.products_in_stock(new).await?;
            let order = new.placed(&products, Time::now())?;
            let put = self.orders.put(&key(user, order.id), &order)?;
            let mut writes = Transaction::default().with(Write::Order, put);
            for line in &order.items {
                let take = self.take(line, order.created_at)?;
                writes = writes.with(Write::Stock(line.product_id), take);
            }
            if let Some(claim) = claim {
                writes = writes.with(Write::Receipt, receipts.put(claim, &order)?);
            }
            match writes.send(self.orders.database()).await? {
                Outcome::Done => return Ok(Once::first(order)),
                Outcome::Refused(refusals) if refusals.include(Write::Receipt) => {
                    let earlier = receipts.find(claim).await?;
                    return Ok(earlier.ok_or(DatabaseError::Contended)?);
                }
                // The id is new, so an attempt whose answer was lost wrote the order.
                Outcome::Refused(refusals) if refusals.include(Write::Order) => {
                    return Ok(Once::first(order));
                }
                // A stock, a price or a product is not what was read. The next attempt reads again.
                Outcome::Refused(_) | Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// Returns the products of the lines, in their order. Each has enough units.
    async fn products_in_stock(&self, new: &NewOrder) -> Result<Vec<Product>, PlaceError> {
        let keys = new
            .lines()
            .iter()
            .map(|line| products::key(line.product_id));
        let found = self.products.find_all(keys).await?;
        let mut found: HashMap<_, _> = found
            .into_iter()
            .map(|product| (product.id, product.entity))
            .collect();
        let (mut products, mut unknown, mut short) = (Vec::new(), Vec::new(), Vec::new());
        for (at, line) in new.lines().iter().enumerate() {
            let Some(product) = found.remove(&line.product_id) else {
                unknown.push(at);
                continue;
            };
            let left = product.stock;
            if left.units() < line.quantity.units() {
                short.push(Short { line: at, left });
            }
            products.push(product);
        }
        if !unknown.is_empty() {
            Err(PlaceError::Unknown(unknown))
        } else if !short.is_empty() {
            Err(PlaceError::Short(short))
        } else {
            Ok(products)
        }
    }

    /// Takes the units of a line from the stock, at the price of the line.
    fn take(&self, line: &Line, now: Time) -> Result<dynamodb::Write, DatabaseError> {
        let units = i64::from(line.quantity.units());
        let update = Update::new(&Expected::Any)
            .set("updatedAt", &now)
            .add("stock", -units)
            .if_between("stock", units, Stock::MAX.units().into())
            .if_equal("price", &line.unit_price);
        self.products
            .updating(&products::key(line.product_id), update)
    }

    /// Returns the units of a line to the stock.
    fn give_back(&self, line: &Line, now: Time) -> Result<dynamodb::Write, DatabaseError> {
        let units = i64::from(line.quantity.units());
        let update = Update::new(&Expected::Any)
            .set("updatedAt", &now)
            .add("stock", units)
            .if_between("stock", 0, i64::from(Stock::MAX.units()) - units);
        self.products
            .updating(&products::key(line.product_id), update)
    }

    /// Returns an order of `user`, strongly consistent. An order of another user has another key.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find(
        &self,
        user: &UserId,
        id: OrderId,
    ) -> Result<Option<Versioned<Order>>, DatabaseError> {
        self.orders.find(&key(user, id)).await
    }

    /// Returns a page of the orders of `user`, newest first.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn list(
        &self,
        user: &UserId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Order>>, ListError> {
        let list = List::of(Key::new("userId", user))
            .sorted_by::<OrderId>("id")
            .newest_first();
        self.orders.page(&list, page).await
    }

    /// Cancels an order of `user` and returns its units to the stocks, once: an order that is
    /// cancelled is returned as it is. Units of a product that was deleted are lost.
    ///
    /// # Errors
    ///
    /// [`CancelError::NotFound`], and [`CancelError::Full`] when a stock cannot take the units.
    pub async fn cancel(
        &self,
        user: &UserId,
        id: OrderId,
    ) -> Result<Versioned<Order>, CancelError> {
        let mut retry = Retry::default();
        let mut deleted = Vec::new();
        loop {
            let mut order = self.find(user, id).await?.ok_or(CancelError::NotFound)?;
            if order.status == Status::Cancelled {
                return Ok(order);
            }
            let now = Time::now();
            let cancelled = Update::new(&Expected::Any)
                .set("status", &Status::Cancelled)
                .set("cancelledAt", &now)
                .if_equal("status", &Status::Placed);
            let cancelled = self.orders.updating(&key(user, id), cancelled)?;
            let mut writes = Transaction::default().with(Write::Order, cancelled);
            for line in &order.items {
                if !deleted.contains(&line.product_id) {
                    let give_back = self.give_back(line, now)?;
                    writes = writes.with(Write::Stock(line.product_id), give_back);
                }
            }
            match writes.send(self.orders.database()).await? {
                Outcome::Done => {
                    order.entity.status = Status::Cancelled;
                    order.entity.cancelled_at = Some(now);
                    order.version = order.version.next();
                    return Ok(order);
                }
                Outcome::Refused(refusals) if !refusals.include(Write::Order) => {
                    for refusal in refusals {
                        match refusal {
                            (Write::Stock(_), Some(_)) => return Err(CancelError::Full),
                            (Write::Stock(product), None) => deleted.push(product),
                            (Write::Order | Write::Receipt, _) => {}
                        }
                    }
                }
                Outcome::Refused(_) | Outcome::Conflict => {}
            }
            retry.wait().await?;
        }
    }
}
