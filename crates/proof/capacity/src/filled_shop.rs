//! A shop with a given number of users, products and orders.

use aws_sdk_dynamodb::{
    Client,
    types::{PutRequest, WriteRequest},
};
use domain::{ProductId, UserId};
use dynamodb::Database;
use dynamodb_host::DynamoDb;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::stored_items::{Item, order, product, user};

/// How many items one `BatchWriteItem` takes.
const BATCH: usize = 25;
/// How many batches are sent at the same time.
const CONCURRENT_BATCHES: usize = 8;

/// A database in memory with as many users, products of one category and orders of one user.
pub struct FilledShop {
    dynamodb: DynamoDb,
    client: Client,
    database: Database,
    items: usize,
}

impl FilledShop {
    /// Opens an empty shop.
    ///
    /// # Panics
    ///
    /// Panics if the program is not run by Cargo.
    pub async fn open() -> Self {
        let (dynamodb, database) = testkit::open().await;
        let client = testkit::client(dynamodb.endpoint(), &dynamodb.owner());
        Self {
            dynamodb,
            client,
            database,
            items: 0,
        }
    }

    /// Adds users, products and orders until there are `items` of each.
    ///
    /// # Panics
    ///
    /// Panics if the database refuses a batch.
    pub async fn grow(&mut self, items: usize) {
        let buyer = buyer();
        self.load("users", items, |n| user(&user_id(n))).await;
        self.load("products", items, |_| product(ProductId::generate()))
            .await;
        self.load("orders", items, |_| order(&buyer)).await;
        self.items = self.items.max(items);
    }

    async fn load(&self, table: &str, items: usize, item: impl Fn(usize) -> Item) {
        let batches = (self.items..items).step_by(BATCH).map(|first| {
            let puts = (first..items.min(first + BATCH)).map(|n| put(item(n)));
            let batch = self.client.batch_write_item();
            batch.request_items(table, puts.collect()).send()
        });
        let written: Result<Vec<_>, _> = stream::iter(batches)
            .buffer_unordered(CONCURRENT_BATCHES)
            .try_collect()
            .await;
        let outputs = written.expect("the database accepts batches");
        assert!(
            outputs.iter().all(|output| output
                .unprocessed_items()
                .is_none_or(|left| left.is_empty())),
            "the database writes whole batches"
        );
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Returns a user of the shop, another one for each small `n`.
    pub(crate) fn some_user(&self, n: usize) -> UserId {
        // A prime, so that the users are spread over the table.
        user_id(n.wrapping_mul(7_919) % self.items)
    }

    /// Stops the database.
    pub async fn close(self) {
        self.dynamodb.stop().await;
    }
}

/// The user whose orders fill the shop.
pub(crate) fn buyer() -> UserId {
    "buyer".parse().expect("a plain name is an id")
}

/// All ids have the same length, so that the size of a page does not depend on the number of users.
fn user_id(n: usize) -> UserId {
    let id = format!("user-{n:07}");
    id.parse().expect("a plain name is an id")
}

fn put(item: Item) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(item));
    let put = put.build().expect("the item is given");
    WriteRequest::builder().put_request(put).build()
}
