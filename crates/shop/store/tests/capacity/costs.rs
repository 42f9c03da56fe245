//! What each operation of the store costs in a shop of a given size.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use domain::{Delta, NewLine, NewOrder, OrderId, ProductId, UserChanges, UserId};
use dynamodb::{Claim, Consumed, Limit, PageRequest, metered};
use record::Expected;
use samples::{new_product, new_user};
use store::{Orders, Products, Users};
use testkit::{client, open};

/// How many items one `BatchWriteItem` takes.
const BATCH: usize = 25;

/// Does each operation of the store once, on tables that hold `items` users, `items` products of one
/// category and `items` orders of one user, and returns what each consumed.
///
/// # Panics
///
/// When an operation fails, or the test is not run by cargo.
pub(crate) async fn costs(items: usize) -> Vec<(&'static str, Consumed)> {
    let (dynamodb, database) = open().await;
    let client = client(dynamodb.endpoint(), &dynamodb.owner());
    let ada: UserId = "ada".parse().expect("a plain name is an id");
    fill(&client, "users", items, |n| user(&format!("user-{n}"))).await;
    fill(&client, "products", items, |_| {
        product(ProductId::generate())
    })
    .await;
    fill(&client, "orders", items, |_| order(&ada)).await;

    let (users, products, orders) = (
        Users::new(database.clone()),
        Products::new(database.clone()),
        Orders::new(database),
    );
    let page = PageRequest {
        limit: "20".parse::<Limit>().expect("20 is a limit"),
        after: None,
    };
    let any = &Expected::Any;
    let mut costs = Vec::new();
    macro_rules! measure {
        ($operation:literal, $work:expr) => {{
            let (outcome, consumed) = metered($work).await;
            costs.push(($operation, consumed));
            outcome.unwrap_or_else(|error| panic!("{}: {error}", $operation))
        }};
    }

    measure!(
        "make a user",
        users.create(ada.clone(), new_user("ada"), None)
    );
    measure!("find a user", users.find(&ada));
    measure!("list 20 users", users.list(&page));
    let renamed = UserChanges {
        name: new_user("Ada").name.into(),
        ..UserChanges::default()
    };
    measure!("rename a user", users.change(&ada, any, &renamed));
    let moved = UserChanges {
        email: new_user("countess").email.into(),
        ..UserChanges::default()
    };
    measure!("change a user's address", users.change(&ada, any, &moved));
    let tea = measure!(
        "add a product",
        products.create(new_product("TEA-1", 100), None)
    );
    measure!("find a product", products.find(tea.id));
    measure!("list 20 products", products.list(&page));
    measure!(
        "list 20 products of a category",
        products.list_category(&tea.category, &page)
    );
    let one = Delta::try_from(1).expect("one is a delta");
    measure!("adjust a stock", products.adjust_stock(tea.id, one, None));
    let claim = |route| Some(Claim::new("ada", route, "key", &[]));
    measure!(
        "adjust a stock under a key",
        products.adjust_stock(tea.id, one, claim("POST /stock"))
    );
    let line = NewLine {
        product_id: tea.id,
        quantity: 1.try_into().expect("one is a quantity"),
    };
    let new = NewOrder::try_from(vec![line]).expect("one line makes an order");
    let placed = measure!("place an order of one line", orders.place(&ada, &new, None));
    measure!(
        "place it under a key",
        orders.place(&ada, &new, claim("POST /orders"))
    );
    measure!("find an order", orders.find(&ada, placed.id));
    measure!("list 20 orders", orders.list(&ada, &page));
    measure!(
        "cancel an order of one line",
        orders.cancel(&ada, placed.id)
    );
    measure!("delete a product", products.remove(tea.id, any));
    measure!("delete a user", users.remove(&ada, any));
    dynamodb.stop().await;
    costs
}

type Item = HashMap<String, AttributeValue>;

async fn fill(client: &Client, table: &str, items: usize, item: impl Fn(usize) -> Item) {
    for first in (0..items).step_by(BATCH) {
        let puts = (first..items.min(first + BATCH)).map(|n| {
            let put = PutRequest::builder()
                .set_item(Some(item(n)))
                .build()
                .expect("the item is given");
            WriteRequest::builder().put_request(put).build()
        });
        let written = client
            .batch_write_item()
            .request_items(table, puts.collect())
            .send()
            .await;
        written.expect("the engine takes the whole batch");
    }
}

const THEN: &str = "2026-01-01T00:00:00.000Z";

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn money(amount: u32) -> AttributeValue {
    AttributeValue::M(item([
        ("amount", number(amount)),
        ("currency", text("EUR")),
    ]))
}

fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn user(id: &str) -> Item {
    item([
        ("id", text(id)),
        ("email", text(format!("{id}@example.org"))),
        ("name", text(id)),
        ("createdAt", text(THEN)),
        ("updatedAt", text(THEN)),
        ("version", number(1)),
    ])
}

fn product(id: ProductId) -> Item {
    item([
        ("id", text(id)),
        ("sku", text("SKU-1")),
        ("name", text("Darjeeling")),
        ("category", text("Tea")),
        ("price", money(1999)),
        ("stock", number(1)),
        ("createdAt", text(THEN)),
        ("updatedAt", text(THEN)),
        ("version", number(1)),
    ])
}

fn order(user: &UserId) -> Item {
    item([
        ("userId", text(user)),
        ("id", text(OrderId::generate())),
        ("status", text("placed")),
        ("items", AttributeValue::L(Vec::new())),
        ("total", money(0)),
        ("createdAt", text(THEN)),
        ("version", number(1)),
    ])
}
