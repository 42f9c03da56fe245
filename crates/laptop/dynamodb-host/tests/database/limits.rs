//! Limits of transactions, and expired items.

use aws_sdk_dynamodb::types::{AttributeValue, Get, Put, TransactGetItem, TransactWriteItem};

use crate::support::{client, id, refusal, start};

#[tokio::test]
async fn transactions_have_at_most_100_items() {
    let db = start().await;
    let owner = client(&db, db.owner());
    let gets = |count| {
        let get = |n: usize| {
            let get = Get::builder()
                .table_name("notes")
                .key("id", id(&n.to_string()));
            TransactGetItem::builder().get(get.build().unwrap()).build()
        };
        let gets = (0..count).map(get).collect();
        owner.transact_get_items().set_transact_items(Some(gets))
    };
    let puts = |count| {
        let put = |n: usize| {
            let put = Put::builder()
                .table_name("notes")
                .item("id", id(&n.to_string()));
            TransactWriteItem::builder()
                .put(put.build().unwrap())
                .build()
        };
        let puts = (0..count).map(put).collect();
        owner.transact_write_items().set_transact_items(Some(puts))
    };

    puts(100).send().await.unwrap();
    gets(100).send().await.unwrap();
    for (code, message) in [
        refusal(puts(101).send().await),
        refusal(gets(101).send().await),
    ] {
        assert_eq!(code, "ValidationException");
        assert!(
            message.contains("length less than or equal to 100"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn transactions_have_at_most_4_mb() {
    let db = start().await;
    let owner = client(&db, db.owner());
    let large = "x".repeat(390_000);
    let mut puts = Vec::new();
    let mut gets = Vec::new();
    for n in 0..11 {
        let (key, text) = (n.to_string(), id(&large));
        let put = owner.put_item().table_name("notes").item("id", id(&key));
        put.item("text", text.clone()).send().await.unwrap();
        let put = Put::builder().table_name("notes").item("id", id(&key));
        let put = put.item("text", text).build().unwrap();
        puts.push(TransactWriteItem::builder().put(put).build());
        let get = Get::builder().table_name("notes").key("id", id(&key));
        gets.push(TransactGetItem::builder().get(get.build().unwrap()).build());
    }
    let get = |gets: &[TransactGetItem]| {
        let call = owner.transact_get_items();
        call.set_transact_items(Some(gets.to_vec())).send()
    };
    let put = |puts: &[TransactWriteItem]| {
        let call = owner.transact_write_items();
        call.set_transact_items(Some(puts.to_vec())).send()
    };

    get(&gets[..10]).await.unwrap();
    put(&puts[..10]).await.unwrap();
    for (code, message) in [refusal(get(&gets).await), refusal(put(&puts).await)] {
        assert_eq!(code, "ValidationException");
        assert!(message.contains("exceeding the 4MB limit"), "{message}");
    }
}

#[tokio::test]
async fn an_item_has_at_most_400_kb() {
    let db = start().await;
    let owner = client(&db, db.owner());
    let put = |size| {
        let put = owner.put_item().table_name("notes").item("id", id("1"));
        put.item("text", id(&"x".repeat(size))).send()
    };
    // The names and the key take the rest.
    let largest = 400 * 1024 - "id1text".len();

    put(largest).await.unwrap();
    let (code, message) = refusal(put(largest + 1).await);

    assert_eq!(code, "ValidationException");
    assert_eq!(message, "Item size has exceeded the maximum allowed size");
}

#[tokio::test]
async fn an_expired_item_can_be_read_until_it_is_swept() {
    let db = start().await;
    let owner = client(&db, db.owner());
    let put = owner.put_item().table_name("notes").item("id", id("1"));
    let put = put.item("expiresAt", AttributeValue::N("1".to_owned()));

    put.send().await.unwrap();
    let get = owner.get_item().table_name("notes").key("id", id("1"));
    let got = get.send().await.unwrap();

    assert!(got.item.is_some());
}
