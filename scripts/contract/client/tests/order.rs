//! The generated client calls the front door that `scripts/contract.sh` started.

use std::{env, process::Command};

use client::{
    ApiOpError, HttpClient, NewLine, NewOrder, NewUser, UsersPostApiError, UsersPostResponse409,
};

/// No `Idempotency-Key` and no `If-None-Match`.
const NONE: Option<&str> = None;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run scripts/contract.sh"))
}

/// A client with a token of the development issuer.
fn client_of(subject: &str) -> HttpClient {
    let output = Command::new(variable("CARGO_LOCAL"))
        .args(["token", "--sub", subject])
        .current_dir("../../..")
        .output()
        .unwrap();
    let token = String::from_utf8(output.stdout).unwrap();
    HttpClient::new()
        .with_base_url(variable("API_URL"))
        .with_api_key(token.trim())
}

fn new_user(subject: &str) -> NewUser {
    NewUser {
        email: format!("{subject}@example.org"),
        name: "Ada Lovelace".to_owned(),
    }
}

#[tokio::test]
async fn a_user_places_an_order_and_reads_it_back() {
    let client = client_of("rust-customer");

    let user = client.users_post(NONE, new_user("rust-customer")).await;
    let user = user.unwrap();
    let products = client.products_list(Some("tea"), NONE, NONE).await.unwrap();
    let product = &products.items[0];
    let new_order = NewOrder {
        items: vec![NewLine {
            product_id: product.id.clone(),
            quantity: 2,
        }],
    };
    let placed = client.orders_post(Some("rust-1"), new_order).await.unwrap();
    let read = client.orders_get(&placed.id, NONE).await.unwrap();

    assert_eq!(user.id, "rust-customer");
    assert_eq!(read.id, placed.id);
    assert_eq!(read.total.amount, 2 * product.price.amount);
    assert_eq!(read.items[0].product_id, product.id);
}

#[tokio::test]
async fn a_second_profile_is_a_conflict_with_a_type() {
    let client = client_of("rust-twice");
    client
        .users_post(NONE, new_user("rust-twice"))
        .await
        .unwrap();

    let again = client.users_post(NONE, new_user("rust-twice")).await;

    let Err(ApiOpError::Api(error)) = again else {
        panic!("{again:?}");
    };
    let Some(UsersPostApiError::Status409(UsersPostResponse409::UserExistsProblem(problem))) =
        error.typed
    else {
        panic!("{error:?}");
    };
    assert_eq!(problem.instance, error.headers["apigw-requestid"]);
}
