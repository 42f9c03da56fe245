//! Products in DynamoDB.

use aws_sdk_dynamodb::{config::retry::RetryConfig, types::ReturnConsumedCapacity};
use domain::{
    Category, Delta, Expected, Money, NewProduct, Product, ProductChanges, ProductId, Stock, Time,
    Version,
};

use crate::{
    ChangeError, CreateError, Database, DatabaseError, ListError, Once, Page, PageRequest, Receipt,
    Receipting, Receipts, RemoveError, StockError,
    attributes::{Attributes, Reader, number, text},
    capacity,
    collection::{Collection, Record, Written},
    expression::{Changes, Expression},
    receipts,
    transaction::{Patience, Transaction, refused, transact},
};

/// The products, in the table `products` with its index `by-category`; their SKUs in `reservations`.
#[derive(Clone, Debug)]
pub struct Products(Collection<Product>);

impl Products {
    /// The products of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Collection::new(database))
    }

    /// What requests for products have been answered with.
    #[must_use]
    pub fn receipts(&self) -> Receipts {
        Receipts::new(self.0.database.clone())
    }

    /// Adds a product.
    ///
    /// # Errors
    ///
    /// [`CreateError::Taken`] when another product has the SKU.
    pub async fn create(
        &self,
        new: NewProduct,
        receipt: Receipting<'_, Product>,
    ) -> Result<Once<Product>, CreateError> {
        self.0.create(new.added(Time::now()), receipt).await
    }

    /// A product, as of this moment.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when it cannot be read.
    pub async fn find(&self, id: ProductId) -> Result<Option<Product>, DatabaseError> {
        self.0.find(&id.to_string()).await
    }

    /// A page of all products, in an order of the table's own.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor is not of this list.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Product>, ListError> {
        self.0.page(page).await
    }

    /// A page of the products of one category, oldest first.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor is not of this category's list.
    pub async fn list_category(
        &self,
        category: &Category,
        page: &PageRequest,
    ) -> Result<Page<Product>, ListError> {
        let query = format!("{}?category={category}", Product::TABLE);
        let after = page
            .after
            .as_ref()
            .map(|cursor| cursor.last(&query))
            .transpose()?;
        let start = after.map(|id| {
            Attributes::from([
                ("category".to_owned(), text(category)),
                ("id".to_owned(), text(id)),
            ])
        });
        let found = self
            .0
            .database
            .client()
            .query()
            .table_name(self.0.table()?)
            .index_name("by-category")
            .key_condition_expression("category = :category")
            .expression_attribute_values(":category", text(category))
            .limit(page.limit.items())
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(DatabaseError::from)?;
        capacity::read(&found.consumed_capacity);
        Ok(Collection::listed(
            &query,
            found.items.unwrap_or_default(),
            found.last_evaluated_key.as_ref(),
        )?)
    }

    /// Changes fields of a product, all or none; a changed SKU moves its reservation.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NotFound`], [`ChangeError::Moved`] when it is not in an expected version,
    /// [`ChangeError::Taken`] when another product has the SKU.
    pub async fn change(
        &self,
        id: ProductId,
        expected: &Expected,
        changes: ProductChanges,
    ) -> Result<Product, ChangeError> {
        let ProductChanges {
            sku,
            name,
            category,
            price,
            description,
        } = changes;
        let mut attributes = Changes {
            reservation: sku.as_ref().map(|sku| reservation(sku.as_str())),
            ..Changes::default()
        };
        attributes.set.extend(sku.map(|sku| ("sku", text(sku))));
        attributes.set.extend(name.map(|name| ("name", text(name))));
        attributes
            .set
            .extend(category.map(|category| ("category", text(category))));
        attributes.set.extend(
            price
                .amount
                .map(|amount| ("priceAmount", number(amount.minor_units()))),
        );
        attributes.set.extend(
            price
                .currency
                .map(|currency| ("priceCurrency", text(currency))),
        );
        match description {
            Some(Some(description)) => attributes.set.push(("description", text(description))),
            Some(None) => attributes.remove.push("description"),
            None => {}
        }
        self.0.change(&id.to_string(), expected, attributes).await
    }

    /// Adds to the stock of a product, or takes from it.
    ///
    /// # Errors
    ///
    /// [`StockError::OutOfRange`] when it would fall below zero or rise above the most there can be.
    pub async fn adjust_stock(
        &self,
        id: ProductId,
        delta: Delta,
        receipt: Receipting<'_, Product>,
    ) -> Result<Once<Product>, StockError> {
        match receipt {
            None => self.add_to_stock(id, delta).await.map(Once::Now),
            Some(receipt) => self.add_to_stock_once(id, delta, receipt).await,
        }
    }

    /// In one conditional update, whoever else is at the same product.
    async fn add_to_stock(&self, id: ProductId, delta: Delta) -> Result<Product, StockError> {
        let least = (-delta.units()).max(0);
        let most = i64::from(Stock::MAX.units()) - delta.units().max(0);
        let mut expression = Expression::new(&Expected::Any, &Changes::default(), Time::now());
        expression.update.push_str(", #stock = #stock + :delta");
        expression
            .condition
            .push_str(" AND #stock BETWEEN :least AND :most");
        expression.name(["stock"]);
        for (name, value) in [("delta", delta.units()), ("least", least), ("most", most)] {
            expression.value(name, number(value));
        }
        // A sum is not idempotent: were an answer lost, a retry by the SDK would add again. So there
        // is none, and the client learns that the outcome is not known.
        match self
            .0
            .write(&id.to_string(), expression, RetryConfig::disabled())
            .await?
        {
            Written::Done(product) => Ok(product),
            Written::Refused(Some(product)) => Err(StockError::OutOfRange {
                left: product.stock.units(),
            }),
            Written::Refused(None) => Err(StockError::NotFound),
        }
    }

    /// In one transaction with the receipt. What the receipt says is what the product then is, and a
    /// transaction returns no item: so the product is read first, and the transaction holds only on
    /// the version that was read.
    async fn add_to_stock_once(
        &self,
        id: ProductId,
        delta: Delta,
        receipt: &dyn Fn(&Product) -> Receipt,
    ) -> Result<Once<Product>, StockError> {
        let mut patience = Patience::new();
        loop {
            let mut product = self.find(id).await?.ok_or(StockError::NotFound)?;
            let left = product.stock.units();
            let stock = Stock::try_from(i64::from(left) + delta.units());
            product.stock = stock.map_err(|_| StockError::OutOfRange { left })?;
            let seen = Expected::OneOf(vec![product.version]);
            product.updated_at = Time::now();
            product.version = product.version.next();
            let changes = Changes {
                set: vec![("stock", number(product.stock.units()))],
                ..Changes::default()
            };
            let expression = Expression::new(&seen, &changes, product.updated_at);
            let update = self.0.update_in_transaction(&id.to_string(), expression)?;
            let writes = vec![update, receipts::put(&self.0.database, receipt(&product))?];
            match transact(&self.0.database, writes).await? {
                Transaction::Done => return Ok(Once::Now(product)),
                Transaction::Refused(reasons) if refused(&reasons, 1) => return Ok(Once::Before),
                Transaction::Refused(_) | Transaction::Conflict => patience.wait().await?,
            }
        }
    }

    /// Deletes a product and releases its SKU.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`] when it is not in an expected version.
    pub async fn remove(&self, id: ProductId, expected: &Expected) -> Result<(), RemoveError> {
        self.0.remove(&id.to_string(), expected).await
    }
}

fn reservation(sku: &str) -> String {
    format!("sku#{sku}")
}

impl Record for Product {
    const TABLE: &'static str = "products";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> Version {
        self.version
    }

    fn reservation(&self) -> String {
        reservation(self.sku.as_str())
    }

    fn write(&self) -> Attributes {
        let mut item: Attributes = [
            ("id", text(self.id)),
            ("sku", text(&self.sku)),
            ("name", text(&self.name)),
            ("category", text(&self.category)),
            ("priceAmount", number(self.price.amount.minor_units())),
            ("priceCurrency", text(self.price.currency)),
            ("stock", number(self.stock.units())),
            ("createdAt", text(self.created_at)),
            ("updatedAt", text(self.updated_at)),
            ("version", number(self.version)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        item.extend(
            self.description
                .as_ref()
                .map(|description| ("description".to_owned(), text(description))),
        );
        item
    }

    fn read(item: &Reader<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: item.text("id")?,
            sku: item.text("sku")?,
            name: item.text("name")?,
            category: item.text("category")?,
            price: Money {
                amount: item.integer::<i64, _>("priceAmount")?,
                currency: item.text("priceCurrency")?,
            },
            stock: item.integer::<i64, _>("stock")?,
            description: item.optional_text("description")?,
            created_at: item.text("createdAt")?,
            updated_at: item.text("updatedAt")?,
            version: item.integer::<u64, _>("version")?,
        })
    }
}
