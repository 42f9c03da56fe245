//! A separate database for each test, and the function under test.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    thread,
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use dynamodb::Database;
use dynamodb_host::{DynamoDb, Storage};
use manifest::Function;
use sdk_http_client::{Roots, SdkHttpClient};

use crate::{Event, PermissionRecords};

/// A new database in memory, and the function whose package the test belongs to. At the end of the
/// test it records the permissions that the function has used.
pub struct Fixture {
    dynamodb: DynamoDb,
    function: Function,
    tables: Vec<String>,
    records: PermissionRecords,
}

impl Fixture {
    /// Opens an empty database.
    ///
    /// # Panics
    ///
    /// Panics if the test's package is not a function, or its declaration is not valid.
    pub async fn open() -> Self {
        let manifest = manifest();
        let function = Function::read(&manifest).unwrap_or_else(|error| panic!("{error}"));
        let target = manifest::find_target_directory(&manifest);
        let target = target.unwrap_or_else(|error| panic!("{error}"));
        let (dynamodb, tables) = start(&manifest).await;
        Self {
            dynamodb,
            function,
            tables,
            records: PermissionRecords::in_target_directory(&target),
        }
    }

    /// Returns the database with the credentials and tables of the function. DynamoDB refuses what its
    /// declaration does not permit with `AccessDeniedException`.
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

    /// Returns the database with all permissions, to prepare a test and to check its effects.
    #[must_use]
    pub fn owner(&self) -> Database {
        Database::new(
            client(self.dynamodb.endpoint(), &self.dynamodb.owner()),
            same_names(self.tables.iter().cloned()),
        )
    }

    /// Returns a request to the function's route without parameters, body and caller.
    ///
    /// # Panics
    ///
    /// Panics if the function has no route.
    #[must_use]
    pub fn event(&self) -> Event {
        let manifest::Trigger::Http(http) = &self.function.trigger else {
            panic!("{} has no route", self.function.name);
        };
        Event::of_route(&http.route.to_string())
    }

    /// Injects faults into the function's calls, as `cargo local --faults` does.
    ///
    /// # Panics
    ///
    /// Panics if the faults cannot be parsed.
    pub fn inject_faults(&self, faults: &str) {
        let faults = faults.parse().expect("the test gives valid faults");
        let set = self.dynamodb.faults().set(faults);
        set.expect("parsed settings are valid");
    }

    /// Deletes the tables that the function uses.
    ///
    /// # Panics
    ///
    /// Panics if a table does not exist.
    pub async fn break_database(&self) {
        let owner = client(self.dynamodb.endpoint(), &self.dynamodb.owner());
        for table in self.function.permissions.tables() {
            owner
                .delete_table()
                .table_name(table)
                .send()
                .await
                .expect("the table exists");
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let function = &self.function.name;
        let used = self.dynamodb.permissions_used(function);
        let added = self.records.add(function, &used);
        if !thread::panicking() {
            added.expect("the target directory can be written");
        }
    }
}

/// Opens a new database in memory with all permissions, for tests that belong to no function.
///
/// # Panics
///
/// Panics if the test is not run by cargo.
pub async fn open() -> (DynamoDb, Database) {
    let (dynamodb, tables) = start(&manifest()).await;
    let owner = client(dynamodb.endpoint(), &dynamodb.owner());
    (
        dynamodb,
        Database::new(owner, same_names(tables.into_iter())),
    )
}

/// Returns the manifest of the test's package. Cargo sets the variable for each test that it runs.
fn manifest() -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("the test is run by Cargo");
    PathBuf::from(folder).join("Cargo.toml")
}

async fn start(manifest: &Path) -> (DynamoDb, Vec<String>) {
    let tables = manifest::read_tables(manifest).unwrap_or_else(|error| panic!("{error}"));
    let dynamodb = DynamoDb::start(Storage::Memory, &tables)
        .await
        .expect("a database in memory starts");
    (dynamodb, tables.into_keys().collect())
}

/// Returns the SDK's client for an embedded database.
#[must_use]
pub fn client(endpoint: &str, credentials: &dynamodb_host::Credentials) -> Client {
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
        .http_client(SdkHttpClient::new(Roots::amazon_trust_services()))
        .retry_config(RetryConfig::standard());
    Client::from_conf(configuration.build())
}

/// On the laptop a table's physical name is its logical name.
fn same_names(tables: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    tables.map(|table| (table.clone(), table)).collect()
}
