//! A shop of its own for each test.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use domain::{NewLine, NewOrder, NewProduct, Order, Product, User};
use dynamodb_host::{DynamoDb, Storage};
use manifest::Function;
use store::{Database, Once, Orders, Products, Users};

use crate::{Event, new_product, new_user};

/// A fresh database in memory, and the function whose package the test belongs to.
pub struct Shop {
    dynamodb: DynamoDb,
    function: Function,
    tables: Vec<String>,
}

impl Shop {
    /// Opens a shop in which nothing has happened.
    ///
    /// # Panics
    ///
    /// When the test's package is no function, or its declaration is refused.
    pub async fn open() -> Self {
        let manifest = manifest();
        let function = Function::read(&manifest).unwrap_or_else(|error| panic!("{error}"));
        let (dynamodb, tables) = start(&manifest).await;
        Self {
            dynamodb,
            function,
            tables,
        }
    }

    /// The database with the function's credentials and tables: what its declaration does not
    /// permit is an `AccessDeniedException`.
    #[must_use]
    pub fn database(&self) -> Database {
        let permissions = &self.function.permissions;
        let credentials = self.dynamodb.admit(&self.function.name, permissions);
        let tables = permissions.tables().into_iter().map(str::to_owned);
        Database::new(
            client(self.dynamodb.endpoint(), &credentials),
            same_names(tables),
        )
    }

    /// The database with all permissions, to prepare a test and to look at what it did.
    #[must_use]
    pub fn owner(&self) -> Database {
        Database::new(
            client(self.dynamodb.endpoint(), &self.dynamodb.owner()),
            same_names(self.tables.iter().cloned()),
        )
    }

    /// A request of the function's route, without anything in it.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::of_route(&self.function.route.to_string())
    }

    /// A user whose id, name and address are made of `name`.
    ///
    /// # Panics
    ///
    /// When there is one.
    pub async fn user(&self, name: &str) -> User {
        let id = name.parse().expect("a plain name is an id");
        written(
            Users::new(self.owner())
                .create(id, new_user(name), None)
                .await,
        )
    }

    /// A product with this SKU, of which there are `stock`.
    ///
    /// # Panics
    ///
    /// When there is one.
    pub async fn product(&self, sku: &str, stock: i64) -> Product {
        self.add(new_product(sku, stock)).await
    }

    /// Any product.
    ///
    /// # Panics
    ///
    /// When there is one with this SKU.
    pub async fn add(&self, new: NewProduct) -> Product {
        written(Products::new(self.owner()).create(new, None).await)
    }

    /// An order of `user` for so many units of each product.
    ///
    /// # Panics
    ///
    /// When there are too few.
    pub async fn order(&self, user: &str, lines: &[(&Product, i64)]) -> Order {
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
        written(Orders::new(self.owner()).place(&user, &new, None).await)
    }

    /// Lets the function's calls go wrong, as `cargo local --faults` does.
    ///
    /// # Panics
    ///
    /// When there are no such faults.
    pub fn let_go_wrong(&self, faults: &str) {
        let faults = faults.parse().expect("the test names faults");
        let set = self.dynamodb.faults().set(faults);
        set.expect("parsed settings can be set");
    }

    /// Deletes the function's tables under it.
    ///
    /// # Panics
    ///
    /// When there is none to delete.
    pub async fn break_database(&self) {
        let owner = client(self.dynamodb.endpoint(), &self.dynamodb.owner());
        for table in self.function.permissions.tables() {
            owner
                .delete_table()
                .table_name(table)
                .send()
                .await
                .expect("the table is there");
        }
    }
}

/// A fresh database in memory, for who has nothing to do with any function: with all permissions.
///
/// # Panics
///
/// When the test is not run by cargo.
pub async fn open() -> (DynamoDb, Database) {
    let (dynamodb, tables) = start(&manifest()).await;
    let owner = client(dynamodb.endpoint(), &dynamodb.owner());
    (
        dynamodb,
        Database::new(owner, same_names(tables.into_iter())),
    )
}

/// The manifest of the test's own package, to whose folder cargo sets this for every test it runs.
fn manifest() -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
    PathBuf::from(folder).join("Cargo.toml")
}

async fn start(manifest: &Path) -> (DynamoDb, Vec<String>) {
    let tables = manifest::read_tables(manifest).unwrap_or_else(|error| panic!("{error}"));
    let dynamodb = DynamoDb::start(Storage::Memory, &tables)
        .await
        .expect("a database in memory starts");
    (dynamodb, tables.into_keys().collect())
}

/// The SDK's client for an embedded database.
pub(crate) fn client(endpoint: &str, credentials: &dynamodb_host::Credentials) -> Client {
    let credentials = Credentials::new(
        &credentials.access_key_id,
        &credentials.secret_access_key,
        Some(credentials.session_token.clone()),
        None,
        "testkit",
    );
    let configuration = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard());
    Client::from_conf(configuration.build())
}

/// On the laptop a table's physical name is its logical name.
pub(crate) fn same_names(tables: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    tables.map(|table| (table.clone(), table)).collect()
}

fn written<T, E: std::fmt::Debug>(outcome: Result<Once<T>, E>) -> T {
    match outcome {
        Ok(Once::Now(thing)) => thing,
        Ok(Once::Before) => panic!("no receipt was asked for"),
        Err(error) => panic!("the test prepares what can be written: {error:?}"),
    }
}
