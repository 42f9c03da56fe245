//! Receipts whose time has passed, before DynamoDB has deleted them.

#![allow(clippy::unwrap_used, reason = "tests")]

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::Claim;
use samples::new_product;
use store::Products;
use testkit::{client, open};

#[tokio::test]
async fn an_expired_receipt_is_ignored() {
    let (dynamodb, database) = open().await;
    let products = Products::new(database);
    let claim = |body| Claim::new("ada", "POST /products", "key", &[body]);
    products
        .create(new_product("T-1", 1), Some(claim("first")))
        .await
        .unwrap();

    expire_receipts(&client(dynamodb.endpoint(), &dynamodb.owner())).await;
    let second = products
        .create(new_product("T-2", 1), Some(claim("second")))
        .await;

    assert_eq!(second.unwrap().sku, new_product("T-2", 1).sku);
}

async fn expire_receipts(client: &aws_sdk_dynamodb::Client) {
    let receipts = client
        .scan()
        .table_name("idempotency")
        .send()
        .await
        .unwrap();
    assert_eq!(receipts.count(), 1);
    for mut receipt in receipts.items.unwrap() {
        let past = AttributeValue::N("1".to_owned());
        receipt.insert("expiresAt".to_owned(), past);
        let put = client.put_item().table_name("idempotency");
        put.set_item(Some(receipt)).send().await.unwrap();
    }
}
