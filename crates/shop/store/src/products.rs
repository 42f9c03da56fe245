//! Products in DynamoDB.

use domain::{Category, Delta, NewProduct, Product, ProductChanges, ProductId, Stock};
use dynamodb::{
    ChangeError, Claim, CreateError, Database, DatabaseError, Key, List, ListError, Outcome, Page,
    PageRequest, RemoveError, Retries, Retry, Schema, Table, Transaction, Update, Updated,
};
use record::{Expected, Once, Time, Versioned};

use crate::StockError;

/// The products, in the table `products` with its index `by-category`; their SKUs in `reservations`.
#[derive(Clone, Debug)]
pub struct Products(Table<Self>);

/// The writes of an adjustment of stock that has a claim.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Product,
    Receipt,
}

impl Schema for Products {
    type Entity = Product;

    const TABLE: &'static str = "products";
    const UNIQUE: Option<&'static str> = Some("sku");
    const UPDATED_AT: Option<&'static str> = Some("updatedAt");

    fn unique_value(product: &Product) -> String {
        product.sku.to_string()
    }
}

pub(crate) fn key(id: ProductId) -> Key {
    Key::new("id", id)
}

impl Products {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Table::new(database))
    }

    /// Creates a product.
    ///
    /// # Errors
    ///
    /// [`CreateError::Taken`] when another product has the SKU, [`CreateError::KeyReused`].
    pub async fn create(
        &self,
        new: NewProduct,
        claim: Option<Claim>,
    ) -> Result<Once<Product>, CreateError> {
        let product = new.added(Time::now());
        self.0
            .create(&key(product.id), product, claim.as_ref())
            .await
    }

    /// Returns a product, strongly consistent.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find(&self, id: ProductId) -> Result<Option<Versioned<Product>>, DatabaseError> {
        self.0.find(&key(id)).await
    }

    /// Returns a page of all products, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<Product>>, ListError> {
        let list = List::all().sorted_by::<ProductId>("id");
        self.0.page(&list, page).await
    }

    /// Returns a page of the products of one category, oldest first.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn list_category(
        &self,
        category: &Category,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Product>>, ListError> {
        let list = List::of(Key::new("category", category))
            .sorted_by::<ProductId>("id")
            .by("by-category");
        self.0.page(&list, page).await
    }

    /// Changes fields of a product, all or none. A changed SKU moves its reservation.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NotFound`], [`ChangeError::Moved`] when it is not in an expected version,
    /// [`ChangeError::Taken`] when another product has the SKU.
    pub async fn change(
        &self,
        id: ProductId,
        expected: &Expected,
        changes: &ProductChanges,
    ) -> Result<Versioned<Product>, ChangeError> {
        self.0.change(&key(id), expected, changes).await
    }

    /// Adds units to the stock of a product, or subtracts them.
    ///
    /// # Errors
    ///
    /// [`StockError::NotFound`], [`StockError::OutOfRange`] when the stock would fall below zero or
    /// rise above [`Stock::MAX`], [`StockError::KeyReused`].
    pub async fn adjust_stock(
        &self,
        id: ProductId,
        delta: Delta,
        claim: Option<Claim>,
    ) -> Result<Once<Product>, StockError> {
        let Some(claim) = claim else {
            return self.adjust_stock_now(id, delta).await.map(Once::first);
        };
        let receipts = self.0.receipts();
        if let Some(earlier) = receipts.find(Some(&claim)).await? {
            return Ok(earlier);
        }
        match self.adjust_stock_once(id, delta, &claim).await {
            Err(StockError::Database(error)) => Err(error.into()),
            // Another request with the claim may have made the change in between.
            Err(refusal) => receipts.find(Some(&claim)).await?.ok_or(refusal),
            adjusted => adjusted,
        }
    }

    /// One conditional update. It needs no version, so concurrent requests do not conflict.
    async fn adjust_stock_now(
        &self,
        id: ProductId,
        delta: Delta,
    ) -> Result<Versioned<Product>, StockError> {
        let least = (-delta.units()).max(0);
        let most = i64::from(Stock::MAX.units()) - delta.units().max(0);
        let update = Update::new(&Expected::Any)
            .set("updatedAt", &Time::now())
            .add("stock", delta.units())
            .if_between("stock", least, most);
        // No retries: if an answer is lost, a second call would add again.
        match self.0.update(&key(id), update, Retries::None).await? {
            Updated::Done(product) => Ok(product),
            Updated::Refused(Some(product)) => Err(StockError::OutOfRange {
                left: product.stock.units(),
            }),
            Updated::Refused(None) => Err(StockError::NotFound),
        }
    }

    /// In one transaction with the receipt. The receipt holds the product as the change leaves it,
    /// and a transaction returns no item. So the product is read first, and the transaction requires
    /// the version that was read.
    async fn adjust_stock_once(
        &self,
        id: ProductId,
        delta: Delta,
        claim: &Claim,
    ) -> Result<Once<Product>, StockError> {
        let receipts = self.0.receipts();
        let mut retry = Retry::default();
        loop {
            let mut product = self.find(id).await?.ok_or(StockError::NotFound)?;
            let seen = Expected::OneOf(vec![product.version]);
            let left = product.stock.units();
            let stock = Stock::try_from(i64::from(left) + delta.units());
            product.entity.stock = stock.map_err(|_| StockError::OutOfRange { left })?;
            product.entity.updated_at = Time::now();
            product.version = product.version.next();
            let update = Update::new(&seen)
                .set("updatedAt", &product.updated_at)
                .set("stock", &product.stock);
            let writes = Transaction::default()
                .with(Write::Product, self.0.updating(&key(id), update)?)
                .with(Write::Receipt, receipts.put(claim, &product)?);
            match writes.send(self.0.database()).await? {
                Outcome::Done => return Ok(Once::first(product)),
                Outcome::Refused(refusals) if refusals.include(Write::Receipt) => {
                    let earlier = receipts.find(Some(claim)).await?;
                    return Ok(earlier.ok_or(DatabaseError::Contended)?);
                }
                Outcome::Refused(_) | Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// Deletes a product and releases its SKU.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`] when it is not in an expected version.
    pub async fn remove(&self, id: ProductId, expected: &Expected) -> Result<(), RemoveError> {
        self.0.remove(&key(id), expected).await
    }
}
