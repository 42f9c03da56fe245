//! What the checker finds: histories that are as they should be but for one thing.

#![allow(clippy::unwrap_used, reason = "tests")]

use checker::check;
use checker::final_state::Rest;
use checker::history::{Answer, Ask, Body, Event, NEVER, Request};
use checker::model::{Line, Money, Order, Product, Status, Thing, User};

fn money(amount: u64) -> Money {
    Money {
        amount,
        currency: "EUR".to_owned(),
    }
}

fn product(stock: u64) -> Product {
    Product {
        id: "p1".to_owned(),
        sku: "SKU-1".to_owned(),
        name: "n1".to_owned(),
        category: "left".to_owned(),
        price: money(500),
        stock,
        created_at: "today".to_owned(),
        updated_at: "today".to_owned(),
    }
}

fn order(id: &str, quantity: u64) -> Order {
    Order {
        id: id.to_owned(),
        status: Status::Placed,
        items: vec![Line {
            product_id: "p1".to_owned(),
            quantity,
            name: "n1".to_owned(),
            unit_price: money(500),
            total: money(500 * quantity),
        }],
        total: money(500 * quantity),
        created_at: "today".to_owned(),
        cancelled_at: None,
    }
}

fn user(id: &str, email: &str, name: &str) -> User {
    User {
        id: id.to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
        created_at: "today".to_owned(),
        updated_at: "today".to_owned(),
    }
}

fn answer(status: u16, version: Option<u64>, body: Body) -> Answer {
    Answer {
        status,
        version,
        location: None,
        replayed: false,
        request_id: "id".to_owned(),
        text: format!("{body:?}"),
        body,
    }
}

/// An event that takes two moments, from `begun` on.
fn event(begun: u64, who: &str, ask: Ask, answer: Option<Answer>) -> Event {
    Event {
        request: Request::new(who, ask),
        begun,
        ended: if answer.is_some() { begun + 1 } else { NEVER },
        answer,
        tries: 1,
        replays: Vec::new(),
        reuse: None,
        failed: Vec::new(),
    }
}

fn seen(begun: u64, who: &str, ask: Ask, status: u16, version: u64, thing: Thing) -> Event {
    let answer = answer(status, Some(version), Body::Thing(thing));
    event(begun, who, ask, Some(answer))
}

fn refused(begun: u64, who: &str, ask: Ask, status: u16, problem: &str) -> Event {
    let answer = answer(status, None, Body::Problem(problem.to_owned()));
    event(begun, who, ask, Some(answer))
}

fn add() -> Ask {
    Ask::AddProduct {
        sku: "SKU-1".to_owned(),
        name: "n1".to_owned(),
        category: "left".to_owned(),
        amount: 500,
        stock: 10,
    }
}

fn get() -> Ask {
    Ask::GetProduct {
        id: "p1".to_owned(),
    }
}

fn place(quantity: u64) -> Ask {
    Ask::PlaceOrder {
        lines: vec![("p1".to_owned(), quantity)],
    }
}

fn adjust(delta: i64) -> Ask {
    Ask::AdjustStock {
        id: "p1".to_owned(),
        delta,
    }
}

fn cancel() -> Ask {
    Ask::Cancel {
        id: "o1".to_owned(),
    }
}

fn rename(name: &str) -> Ask {
    Ask::PatchProduct {
        id: "p1".to_owned(),
        sku: None,
        name: name.to_owned(),
        category: None,
        amount: None,
    }
}

/// A product of which 10 came and 4 were ordered, and what is there then.
fn sound() -> (Vec<Event>, Rest) {
    let events = vec![
        seen(0, "clerk", add(), 201, 1, Thing::Product(product(10))),
        seen(2, "ann", place(4), 201, 1, Thing::Order(order("o1", 4))),
        seen(4, "ann", get(), 200, 2, Thing::Product(product(6))),
    ];
    let rest = Rest {
        products: [("p1".to_owned(), product(6))].into(),
        listed: vec![("left".to_owned(), product(6))],
        orders: vec![("ann".to_owned(), order("o1", 4))],
        ..Rest::default()
    };
    (events, rest)
}

fn rest_with_stock(rest: &mut Rest, stock: u64) {
    rest.products.insert("p1".to_owned(), product(stock));
    rest.listed = vec![("left".to_owned(), product(stock))];
}

#[track_caller]
fn finds(claim: &str, events: &[Event], rest: &Rest) {
    let found = check(events, rest);
    assert!(
        found.iter().any(|violation| violation.claim == claim),
        "not found: {claim}; but {found:#?}"
    );
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let (events, rest) = sound();

    assert_eq!(check(&events, &rest), []);
}

#[test]
fn a_product_that_was_sold_twice_is_found() {
    let (mut events, mut rest) = sound();
    events.push(seen(
        6,
        "bob",
        place(8),
        201,
        1,
        Thing::Order(order("o2", 8)),
    ));
    rest.orders.push(("bob".to_owned(), order("o2", 8)));
    rest_with_stock(&mut rest, 0);

    finds("stock and units on order are what came in", &events, &rest);
}

#[test]
fn stock_that_came_back_twice_is_found() {
    let (mut events, mut rest) = sound();
    let cancelled = Order {
        status: Status::Cancelled,
        cancelled_at: Some("today".to_owned()),
        ..order("o1", 4)
    };
    rest.orders = vec![("ann".to_owned(), cancelled.clone())];
    for begun in [6, 8] {
        let thing = Thing::Order(cancelled.clone());
        events.push(seen(begun, "ann", cancel(), 200, 2, thing));
    }
    rest_with_stock(&mut rest, 10);
    assert_eq!(check(&events, &rest), []);

    rest_with_stock(&mut rest, 14);

    finds("stock and units on order are what came in", &events, &rest);
}

#[test]
fn an_adjustment_without_an_answer_may_have_been_made_or_not_but_not_twice() {
    let (mut events, mut rest) = sound();
    events.push(event(6, "clerk", adjust(3), None));

    for stock in [6, 9] {
        rest_with_stock(&mut rest, stock);
        assert_eq!(check(&events, &rest), [], "{stock}");
    }

    rest_with_stock(&mut rest, 12);
    finds("stock and units on order are what came in", &events, &rest);
}

#[test]
fn an_acknowledged_order_that_is_gone_is_found() {
    let (events, mut rest) = sound();
    rest.orders.clear();
    rest_with_stock(&mut rest, 10);

    let claim = "an acknowledged order is there in the end, as it was";
    finds(claim, &events, &rest);
}

#[test]
fn a_second_order_of_one_post_is_found() {
    let (events, mut rest) = sound();
    rest.orders.push(("ann".to_owned(), order("o2", 4)));
    rest_with_stock(&mut rest, 2);

    finds("a POST makes one order at most", &events, &rest);
}

#[test]
fn an_order_that_nobody_was_told_of_comes_from_a_post_without_an_answer() {
    let (mut events, mut rest) = sound();
    events.push(event(6, "ann", place(2), None));
    rest.orders.push(("ann".to_owned(), order("o2", 2)));
    rest_with_stock(&mut rest, 4);

    assert_eq!(check(&events, &rest), []);
}

#[test]
fn an_order_that_does_not_add_up_is_found() {
    let (mut events, mut rest) = sound();
    let mut wrong = order("o1", 4);
    wrong.total.amount += 1;
    events[1] = seen(2, "ann", place(4), 201, 1, Thing::Order(wrong.clone()));
    rest.orders = vec![("ann".to_owned(), wrong)];

    finds("an order adds up", &events, &rest);
}

#[test]
fn a_price_that_was_over_is_found() {
    let (mut events, mut rest) = sound();
    let dearer = Ask::PatchProduct {
        id: "p1".to_owned(),
        sku: None,
        name: "n2".to_owned(),
        category: None,
        amount: Some(600),
    };
    let now = Product {
        name: "n2".to_owned(),
        price: money(600),
        ..product(6)
    };
    events.push(seen(
        6,
        "clerk",
        dearer,
        200,
        3,
        Thing::Product(now.clone()),
    ));
    events.push(seen(
        8,
        "bob",
        place(1),
        201,
        1,
        Thing::Order(order("o2", 1)),
    ));
    rest.orders.push(("bob".to_owned(), order("o2", 1)));
    let now = Product { stock: 5, ..now };
    rest.products.insert("p1".to_owned(), now.clone());
    rest.listed = vec![("left".to_owned(), now)];

    finds("an order has the prices of its moment", &events, &rest);
}

#[test]
fn a_version_with_two_contents_is_found() {
    let (mut events, rest) = sound();
    events.push(seen(6, "bob", get(), 200, 2, Thing::Product(product(5))));

    finds("one version has one content", &events, &rest);
}

#[test]
fn a_change_that_was_lost_is_found() {
    let (mut events, rest) = sound();
    let thing = Thing::Product(product(9));
    events.push(seen(6, "clerk", adjust(3), 200, 3, thing));
    events.push(seen(8, "ann", get(), 200, 2, Thing::Product(product(6))));

    finds("versions follow the clock", &events, &rest);
}

#[test]
fn two_changes_that_made_one_version_are_found() {
    let (mut events, rest) = sound();
    for begun in [6, 8] {
        let thing = Thing::Product(product(9));
        events.push(seen(begun, "clerk", adjust(3), 200, 3, thing));
    }

    finds("each change makes a version of its own", &events, &rest);
}

#[test]
fn a_change_that_does_something_else_is_found() {
    let (mut events, rest) = sound();
    let thing = Thing::Product(product(12));
    events.push(seen(6, "clerk", adjust(3), 200, 3, thing));

    finds("a change does what it says and no more", &events, &rest);
}

#[test]
fn a_refusal_for_another_version_that_never_was_is_found() {
    let (mut events, rest) = sound();
    let mut conditional = refused(6, "clerk", rename("n2"), 412, "precondition-failed");
    conditional.request.if_match = Some(2);
    events.push(conditional);
    events.push(seen(8, "ann", get(), 200, 2, Thing::Product(product(6))));

    finds("a 412 is about another version", &events, &rest);
}

#[test]
fn a_change_that_was_refused_and_yet_made_is_found() {
    let (mut events, rest) = sound();
    let renamed = Product {
        name: "n2".to_owned(),
        ..product(6)
    };
    events.push(refused(
        6,
        "clerk",
        rename("n2"),
        412,
        "precondition-failed",
    ));
    events.push(seen(8, "ann", get(), 200, 3, Thing::Product(renamed)));

    let claim = "what is seen was asked for before, and not refused";
    finds(claim, &events, &rest);
}

#[test]
fn a_thing_that_is_not_found_though_nobody_deleted_it_is_found() {
    let (mut events, rest) = sound();
    events.push(refused(6, "ann", get(), 404, "not-found"));
    let claim = "what was acknowledged is there until it is deleted";
    finds(claim, &events, &rest);

    let delete = Ask::DeleteProduct {
        id: "p1".to_owned(),
    };
    events.insert(3, event(5, "clerk", delete, None));

    assert_eq!(check(&events, &rest), []);
}

#[test]
fn a_thing_that_is_there_after_it_was_deleted_is_found() {
    let (mut events, rest) = sound();
    let delete = Ask::DeleteProduct {
        id: "p1".to_owned(),
    };
    events.push(event(
        6,
        "clerk",
        delete,
        Some(answer(204, None, Body::Empty)),
    ));
    events.push(seen(8, "ann", get(), 200, 2, Thing::Product(product(6))));

    finds("what was deleted is gone", &events, &rest);
}

#[test]
fn an_address_of_two_users_is_found() {
    let (mut events, mut rest) = sound();
    for (begun, id, name, email) in [
        (6, "ann", "n5", "a@example.org"),
        (8, "bob", "n6", "A@example.org"),
    ] {
        let ask = Ask::SignUp {
            email: email.to_owned(),
            name: name.to_owned(),
        };
        let user = user(id, email, name);
        events.push(seen(begun, id, ask, 201, 1, Thing::User(user.clone())));
        rest.users.insert(id.to_owned(), user);
    }

    finds("what is unique is one's own", &events, &rest);
}

/// Ann signs up with a version, leaves, signs up again with another one, and asks what is there.
fn there_and_back(versions: [u64; 3]) -> (Vec<Event>, Rest) {
    let (mut events, rest) = sound();
    let ann = |name: &str| Thing::User(user("ann", "a@example.org", name));
    let sign_up = |name: &str| Ask::SignUp {
        email: "a@example.org".to_owned(),
        name: name.to_owned(),
    };
    let id = || "ann".to_owned();
    let left = answer(204, None, Body::Empty);
    events.extend([
        seen(6, "ann", sign_up("n5"), 201, versions[0], ann("n5")),
        event(8, "ann", Ask::DeleteUser { id: id() }, Some(left)),
        seen(10, "ann", sign_up("n6"), 201, versions[1], ann("n6")),
    ]);
    let name = if versions[2] == versions[0] {
        "n5"
    } else {
        "n6"
    };
    let get = Ask::GetUser { id: id() };
    events.push(seen(12, "ann", get, 200, versions[2], ann(name)));
    (events, rest)
}

#[test]
fn who_leaves_and_comes_back_at_once_may_begin_with_any_version() {
    for (before, after) in [(1 << 40, 1 << 50), (1 << 50, 1 << 40)] {
        let (events, rest) = there_and_back([before, after, after]);

        assert_eq!(check(&events, &rest), []);
    }
}

#[test]
fn a_version_of_who_left_that_comes_back_with_them_is_found() {
    let (events, rest) = there_and_back([7, 7, 7]);
    finds("one version has one content", &events, &rest);

    let (events, rest) = there_and_back([1 << 40, 1 << 50, 1 << 40]);
    finds("what was deleted is gone", &events, &rest);
}

#[test]
fn an_address_that_is_refused_though_nobody_has_it_is_found() {
    let (mut events, rest) = sound();
    let ask = Ask::SignUp {
        email: "a@example.org".to_owned(),
        name: "n5".to_owned(),
    };
    events.push(refused(6, "ann", ask, 409, "email-taken"));

    let claim = "a value is refused only while somebody has it";
    finds(claim, &events, &rest);
}

#[test]
fn a_replay_that_differs_and_one_that_is_new_are_found() {
    let (mut events, rest) = sound();
    let mut again = events[1].answer.clone().unwrap();
    again.replayed = true;
    events[1].replays = vec![again.clone()];
    assert_eq!(check(&events, &rest), []);

    events[1].replays = vec![Answer {
        text: "else".to_owned(),
        ..again.clone()
    }];
    finds("a replay is the same answer", &events, &rest);
    events[1].replays = vec![Answer {
        replayed: false,
        ..again
    }];
    finds("a POST with a key is done once", &events, &rest);
}

#[test]
fn a_failure_of_the_stores_own_is_found() {
    let (mut events, rest) = sound();
    events[0].failed.push("id".to_owned());

    finds("what fails in passing is a 503", &events, &rest);
}

#[test]
fn a_violation_tells_what_is_needed_to_follow_it() {
    let (mut events, rest) = sound();
    events.push(seen(6, "bob", get(), 200, 2, Thing::Product(product(5))));

    let found = check(&events, &rest);
    let text = found.iter().map(ToString::to_string).collect::<String>();

    assert!(
        text.contains("[4..5] ann GET /products/p1 → 200 version 2"),
        "{text}"
    );
    assert!(
        text.contains("[6..7] bob GET /products/p1 → 200 version 2"),
        "{text}"
    );
}
