//! Orders in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use domain::{
    Expected, Line, Money, NewOrder, Order, OrderId, Product, ProductId, Quantity, Status, Stock,
    Time, UserId,
};

use crate::{
    CancelError, Cursor, Database, DatabaseError, ListError, Once, Page, PageRequest, PlaceError,
    Receipting, Receipts,
    attributes::{Attributes, Reader, number, text},
    capacity,
    collection::Collection,
    expression::{Changes, Expression},
    receipts,
    transaction::{Patience, Transaction, built, failed, refused, transact},
};

const TABLE: &str = "orders";

/// The orders, in the table `orders` under their users; their units in `products`.
#[derive(Clone, Debug)]
pub struct Orders {
    database: Database,
    products: Collection<Product>,
}

/// A line for which there are too few units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The place of the line in the order.
    pub line: usize,
    /// How many units there are.
    pub left: Stock,
}

impl Orders {
    /// The orders of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            products: Collection::new(database.clone()),
            database,
        }
    }

    /// What requests for orders have been answered with.
    #[must_use]
    pub fn receipts(&self) -> Receipts {
        Receipts::new(self.database.clone())
    }

    /// Places an order at the prices of this moment, and takes its units from the stocks: all in one
    /// transaction, which holds only while each product is there, costs what was read and has enough.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Unknown`] and [`PlaceError::Short`] with every line they are true of,
    /// [`PlaceError::Unplaceable`] when prices cannot be added up.
    pub async fn place(
        &self,
        user: &UserId,
        new: &NewOrder,
        receipt: Receipting<'_, Order>,
    ) -> Result<Once<Order>, PlaceError> {
        let mut patience = Patience::new();
        loop {
            let products = self.buyable(new).await?;
            let order = new.placed(&products, Time::now())?;
            let mut writes = vec![self.put(user, &order)?];
            for line in &order.items {
                writes.push(self.take(line, order.created_at)?);
            }
            if let Some(receipt) = receipt {
                writes.push(receipts::put(&self.database, receipt(&order))?);
            }
            match transact(&self.database, writes).await? {
                Transaction::Done => return Ok(Once::Now(order)),
                Transaction::Refused(reasons) if refused(&reasons, order.items.len() + 1) => {
                    return Ok(Once::Before);
                }
                // Its id is new, so it was written by a try whose answer was lost.
                Transaction::Refused(reasons) if refused(&reasons, 0) => {
                    return Ok(Once::Now(order));
                }
                // A stock, a price or a product is not what was read: what is true now, the next
                // reading tells.
                Transaction::Refused(_) | Transaction::Conflict => patience.wait().await?,
            }
        }
    }

    /// The products of the order's lines, in their order, of which there are enough.
    async fn buyable(&self, new: &NewOrder) -> Result<Vec<Product>, PlaceError> {
        let mut found = self.read_products(new).await?;
        let products: Vec<_> = new
            .lines()
            .iter()
            .map(|line| found.remove(&line.product_id))
            .collect();
        let unknown: Vec<_> = (0..products.len())
            .filter(|at| products[*at].is_none())
            .collect();
        if !unknown.is_empty() {
            return Err(PlaceError::Unknown(unknown));
        }
        let products: Vec<_> = products.into_iter().flatten().collect();
        let short: Vec<_> = new
            .lines()
            .iter()
            .zip(&products)
            .enumerate()
            .filter(|(_, (line, product))| product.stock.units() < line.quantity.units())
            .map(|(line, (_, product))| Short {
                line,
                left: product.stock,
            })
            .collect();
        if short.is_empty() {
            Ok(products)
        } else {
            Err(PlaceError::Short(short))
        }
    }

    async fn read_products(
        &self,
        new: &NewOrder,
    ) -> Result<HashMap<ProductId, Product>, DatabaseError> {
        let table = self.products.table()?;
        let keys = new
            .lines()
            .iter()
            .map(|line| Attributes::from([("id".to_owned(), text(line.product_id))]));
        let mut wanted = KeysAndAttributes::builder()
            .consistent_read(true)
            .set_keys(Some(keys.collect()))
            .build()
            .ok();
        let mut found = HashMap::new();
        let mut patience = Patience::new();
        while let Some(keys) = wanted {
            let batch = self
                .database
                .client()
                .batch_get_item()
                .request_items(table, keys);
            let read = batch
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            capacity::read(read.consumed_capacity());
            for item in read.responses.unwrap_or_default().into_values().flatten() {
                let product = Collection::<Product>::read(&item)?;
                found.insert(product.id, product);
            }
            // DynamoDB leaves out what it had no capacity for.
            wanted = read.unprocessed_keys.unwrap_or_default().remove(table);
            if wanted.is_some() {
                patience.wait().await?;
            }
        }
        Ok(found)
    }

    fn put(&self, user: &UserId, order: &Order) -> Result<TransactWriteItem, DatabaseError> {
        let put = Put::builder()
            .table_name(self.database.table(TABLE)?)
            .set_item(Some(write(user, order)))
            .condition_expression("attribute_not_exists(id)");
        Ok(TransactWriteItem::builder().put(built(put.build())).build())
    }

    /// Takes a line's units from the stock, at the line's price.
    fn take(&self, line: &Line, now: Time) -> Result<TransactWriteItem, DatabaseError> {
        let mut expression = Expression::new(&Expected::Any, &Changes::default(), now);
        expression.update.push_str(", #stock = #stock - :quantity");
        expression.condition.push_str(
            " AND #stock >= :quantity AND #priceAmount = :amount AND #priceCurrency = :currency",
        );
        expression.name(["stock", "priceAmount", "priceCurrency"]);
        expression.value("quantity", number(line.quantity.units()));
        expression.value("amount", number(line.unit_price.amount.minor_units()));
        expression.value("currency", text(line.unit_price.currency));
        self.products
            .update_in_transaction(&line.product_id.to_string(), expression)
    }

    /// Gives a line's units back to the stock.
    fn give_back(&self, line: &Line, now: Time) -> Result<TransactWriteItem, DatabaseError> {
        let mut expression = Expression::new(&Expected::Any, &Changes::default(), now);
        expression.update.push_str(", #stock = #stock + :quantity");
        expression.condition.push_str(" AND #stock <= :most");
        expression.name(["stock"]);
        expression.value("quantity", number(line.quantity.units()));
        expression.value("most", number(Stock::MAX.units() - line.quantity.units()));
        self.products
            .update_in_transaction(&line.product_id.to_string(), expression)
    }

    /// An order of `user`, as of this moment. Somebody else's is not to be found: it has another key.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when it cannot be read.
    pub async fn find(&self, user: &UserId, id: OrderId) -> Result<Option<Order>, DatabaseError> {
        let get = self
            .database
            .client()
            .get_item()
            .table_name(self.database.table(TABLE)?)
            .set_key(Some(key(user, id)));
        let get = get
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.send().await?;
        capacity::read(&found.consumed_capacity);
        found.item.as_ref().map(read).transpose()
    }

    /// A page of the orders of `user`, newest first.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor is not of this user's list.
    pub async fn list(&self, user: &UserId, page: &PageRequest) -> Result<Page<Order>, ListError> {
        let query = format!("{TABLE}?user={user}");
        let after = page
            .after
            .as_ref()
            .map(|cursor| cursor.last(&query))
            .transpose()?;
        let start = after.map(|id| key(user, id));
        let found = self
            .database
            .client()
            .query()
            .table_name(self.database.table(TABLE)?)
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(page.limit.items())
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(DatabaseError::from)?;
        capacity::read(&found.consumed_capacity);
        let last = found.last_evaluated_key.as_ref();
        let last = last
            .map(|item| Reader { table: TABLE, item }.text::<String>("id"))
            .transpose()?;
        Ok(Page {
            items: found
                .items
                .unwrap_or_default()
                .iter()
                .map(read)
                .collect::<Result<_, _>>()?,
            next: last.map(|id| Cursor::new(&query, &id)),
        })
    }

    /// Cancels an order of `user` and gives its units back, once: an order that is cancelled already
    /// is left as it is and returned. Units of a product that is no longer there are gone with it.
    ///
    /// # Errors
    ///
    /// [`CancelError::NotFound`], and [`CancelError::Full`] when a stock cannot take the units.
    pub async fn cancel(&self, user: &UserId, id: OrderId) -> Result<Order, CancelError> {
        let mut patience = Patience::new();
        let mut gone = Vec::new();
        loop {
            let mut order = self.find(user, id).await?.ok_or(CancelError::NotFound)?;
            if order.status == Status::Cancelled {
                return Ok(order);
            }
            let now = Time::now();
            let lines: Vec<_> = order
                .items
                .iter()
                .filter(|line| !gone.contains(&line.product_id))
                .cloned()
                .collect();
            let mut writes = vec![self.mark_cancelled(user, id, now)?];
            for line in &lines {
                writes.push(self.give_back(line, now)?);
            }
            match transact(&self.database, writes).await? {
                Transaction::Done => {
                    order.status = Status::Cancelled;
                    order.cancelled_at = Some(now);
                    order.version = order.version.next();
                    return Ok(order);
                }
                Transaction::Refused(reasons) if refused(&reasons, 0) => {}
                Transaction::Refused(reasons) => {
                    for (line, reason) in lines
                        .iter()
                        .zip(&reasons[1..])
                        .filter(|(_, reason)| failed(reason))
                    {
                        match &reason.item {
                            Some(_) => return Err(CancelError::Full),
                            None => gone.push(line.product_id),
                        }
                    }
                }
                Transaction::Conflict => {}
            }
            patience.wait().await?;
        }
    }

    fn mark_cancelled(
        &self,
        user: &UserId,
        id: OrderId,
        now: Time,
    ) -> Result<TransactWriteItem, DatabaseError> {
        let update = Update::builder()
            .table_name(self.database.table(TABLE)?)
            .set_key(Some(key(user, id)))
            .update_expression(
                "SET #status = :cancelled, cancelledAt = :now, #version = #version + :one",
            )
            .condition_expression("#status = :placed")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":cancelled", text("cancelled"))
            .expression_attribute_values(":placed", text("placed"))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1));
        Ok(TransactWriteItem::builder()
            .update(built(update.build()))
            .build())
    }
}

fn key(user: &UserId, id: impl ToString) -> Attributes {
    Attributes::from([
        ("userId".to_owned(), text(user)),
        ("id".to_owned(), text(id)),
    ])
}

fn write(user: &UserId, order: &Order) -> Attributes {
    let lines = order.items.iter().map(|line| {
        let line: Attributes = [
            ("productId", text(line.product_id)),
            ("quantity", number(line.quantity.units())),
            ("name", text(&line.name)),
            ("unitAmount", number(line.unit_price.amount.minor_units())),
            ("totalAmount", number(line.total.amount.minor_units())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        AttributeValue::M(line)
    });
    let status = match order.status {
        Status::Placed => "placed",
        Status::Cancelled => "cancelled",
    };
    let mut item = key(user, order.id);
    item.extend(
        [
            ("status", text(status)),
            ("lines", AttributeValue::L(lines.collect())),
            ("totalAmount", number(order.total.amount.minor_units())),
            // Of the order as a whole: its lines have no other.
            ("currency", text(order.total.currency)),
            ("createdAt", text(order.created_at)),
            ("version", number(order.version)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    item.extend(
        order
            .cancelled_at
            .map(|at| ("cancelledAt".to_owned(), text(at))),
    );
    item
}

fn read(item: &Attributes) -> Result<Order, DatabaseError> {
    let corrupt = |attribute| DatabaseError::Corrupt {
        table: TABLE,
        attribute,
    };
    let order = Reader { table: TABLE, item };
    let currency = order.text("currency")?;
    let money = |amount| Money { amount, currency };
    let lines = item
        .get("lines")
        .and_then(|lines| lines.as_l().ok())
        .ok_or_else(|| corrupt("lines"))?;
    let lines = lines.iter().map(|line| {
        let line = Reader {
            table: TABLE,
            item: line.as_m().map_err(|_| corrupt("lines"))?,
        };
        Ok(Line {
            product_id: line.text("productId")?,
            quantity: line.integer::<i64, Quantity>("quantity")?,
            name: line.text("name")?,
            unit_price: money(line.integer::<i64, _>("unitAmount")?),
            total: money(line.integer::<i64, _>("totalAmount")?),
        })
    });
    Ok(Order {
        id: order.text("id")?,
        status: match order.text::<String>("status")?.as_str() {
            "placed" => Status::Placed,
            "cancelled" => Status::Cancelled,
            _ => return Err(corrupt("status")),
        },
        items: lines.collect::<Result<_, DatabaseError>>()?,
        total: money(order.integer::<i64, _>("totalAmount")?),
        created_at: order.text("createdAt")?,
        cancelled_at: order.optional_text("cancelledAt")?,
        version: order.integer::<u64, _>("version")?,
    })
}
