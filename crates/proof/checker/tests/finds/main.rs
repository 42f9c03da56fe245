//! The checker finds each kind of violation: a valid history, with one change.

#![allow(clippy::unwrap_used, reason = "tests")]

mod history;

use checker::{
    check,
    final_state::FinalState,
    history::Event,
    operation::Operation,
    resource::{Money, Order, Product, Resource, Status},
    response::{Body, Response},
};

use history::{
    adjust, cancel, event, get, order, place, product, refused, rename, response, seen, set_stock,
    user, valid,
};

#[track_caller]
fn finds(rule: &str, events: &[Event], state: &FinalState) {
    let found = check(events, state);
    assert!(
        found.iter().any(|violation| violation.rule == rule),
        "not found: {rule}; found: {found:#?}"
    );
}

#[test]
fn a_valid_history_has_no_violations() {
    let (events, state) = valid();

    assert_eq!(check(&events, &state), []);
}

#[test]
fn oversold_stock_is_found() {
    let (mut events, mut state) = valid();
    events.push(seen(
        6,
        "bob",
        place(8),
        201,
        1,
        Resource::Order(order("o2", 8)),
    ));
    state.orders.push(("bob".to_owned(), order("o2", 8)));
    set_stock(&mut state, 0);

    finds(
        "stock and units on order add up to the units received",
        &events,
        &state,
    );
}

#[test]
fn stock_that_was_returned_twice_is_found() {
    let (mut events, mut state) = valid();
    let cancelled = Order {
        status: Status::Cancelled,
        cancelled_at: Some("today".to_owned()),
        ..order("o1", 4)
    };
    state.orders = vec![("ann".to_owned(), cancelled.clone())];
    for begun in [6, 8] {
        let resource = Resource::Order(cancelled.clone());
        events.push(seen(begun, "ann", cancel(), 200, 2, resource));
    }
    set_stock(&mut state, 10);
    assert_eq!(check(&events, &state), []);

    set_stock(&mut state, 14);

    finds(
        "stock and units on order add up to the units received",
        &events,
        &state,
    );
}

#[test]
fn an_unanswered_adjustment_counts_at_most_once() {
    let (mut events, mut state) = valid();
    events.push(event(6, "clerk", adjust(3), None));

    for stock in [6, 9] {
        set_stock(&mut state, stock);
        assert_eq!(check(&events, &state), [], "{stock}");
    }

    set_stock(&mut state, 12);
    finds(
        "stock and units on order add up to the units received",
        &events,
        &state,
    );
}

#[test]
fn a_lost_acknowledged_order_is_found() {
    let (events, mut state) = valid();
    state.orders.clear();
    set_stock(&mut state, 10);

    let rule = "an acknowledged order is kept unchanged";
    finds(rule, &events, &state);
}

#[test]
fn a_second_order_from_one_post_is_found() {
    let (events, mut state) = valid();
    state.orders.push(("ann".to_owned(), order("o2", 4)));
    set_stock(&mut state, 2);

    finds("a POST creates at most one order", &events, &state);
}

#[test]
fn an_unanswered_post_may_have_created_an_order() {
    let (mut events, mut state) = valid();
    events.push(event(6, "ann", place(2), None));
    state.orders.push(("ann".to_owned(), order("o2", 2)));
    set_stock(&mut state, 4);

    assert_eq!(check(&events, &state), []);
}

#[test]
fn an_order_with_a_wrong_total_is_found() {
    let (mut events, mut state) = valid();
    let mut wrong = order("o1", 4);
    wrong.total.amount += 1;
    events[1] = seen(2, "ann", place(4), 201, 1, Resource::Order(wrong.clone()));
    state.orders = vec![("ann".to_owned(), wrong)];

    finds("the total of an order is correct", &events, &state);
}

#[test]
fn an_order_with_an_outdated_price_is_found() {
    let (mut events, mut state) = valid();
    let dearer = Operation::PatchProduct {
        id: "p1".to_owned(),
        sku: None,
        name: "n2".to_owned(),
        category: None,
        price: Some(Money::eur(600)),
    };
    let now = Product {
        name: "n2".to_owned(),
        price: Money::eur(600),
        ..product(6)
    };
    events.push(seen(
        6,
        "clerk",
        dearer,
        200,
        3,
        Resource::Product(now.clone()),
    ));
    events.push(seen(
        8,
        "bob",
        place(1),
        201,
        1,
        Resource::Order(order("o2", 1)),
    ));
    state.orders.push(("bob".to_owned(), order("o2", 1)));
    let now = Product { stock: 5, ..now };
    state.products.insert("p1".to_owned(), now.clone());
    state.listed = vec![("left".to_owned(), now)];

    finds(
        "an order has the prices at the time of its creation",
        &events,
        &state,
    );
}

#[test]
fn a_version_with_two_contents_is_found() {
    let (mut events, state) = valid();
    events.push(seen(6, "bob", get(), 200, 2, Resource::Product(product(5))));

    finds("a version has one content", &events, &state);
}

#[test]
fn a_lost_change_is_found() {
    let (mut events, state) = valid();
    let resource = Resource::Product(product(9));
    events.push(seen(6, "clerk", adjust(3), 200, 3, resource));
    events.push(seen(8, "ann", get(), 200, 2, Resource::Product(product(6))));

    finds("versions never go backwards", &events, &state);
}

#[test]
fn two_changes_with_one_version_are_found() {
    let (mut events, state) = valid();
    for begun in [6, 8] {
        let resource = Resource::Product(product(9));
        events.push(seen(begun, "clerk", adjust(3), 200, 3, resource));
    }

    finds("each change creates its own version", &events, &state);
}

#[test]
fn a_change_with_a_wrong_effect_is_found() {
    let (mut events, state) = valid();
    let resource = Resource::Product(product(12));
    events.push(seen(6, "clerk", adjust(3), 200, 3, resource));

    finds("a change does exactly what was requested", &events, &state);
}

#[test]
fn an_unjustified_412_is_found() {
    let (mut events, state) = valid();
    let mut conditional = refused(6, "clerk", rename("n2"), 412, "precondition-failed");
    conditional.request.if_match = Some(2);
    events.push(conditional);
    events.push(seen(8, "ann", get(), 200, 2, Resource::Product(product(6))));

    finds(
        "a 412 is returned only for another version",
        &events,
        &state,
    );
}

#[test]
fn a_refused_change_that_took_effect_is_found() {
    let (mut events, state) = valid();
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
    events.push(seen(8, "ann", get(), 200, 3, Resource::Product(renamed)));

    let rule = "visible data was requested before and not refused";
    finds(rule, &events, &state);
}

#[test]
fn an_unjustified_404_is_found() {
    let (mut events, state) = valid();
    events.push(refused(6, "ann", get(), 404, "not-found"));
    let rule = "an acknowledged resource exists until it is deleted";
    finds(rule, &events, &state);

    let delete = Operation::DeleteProduct {
        id: "p1".to_owned(),
    };
    events.insert(3, event(5, "clerk", delete, None));

    assert_eq!(check(&events, &state), []);
}

#[test]
fn a_deleted_resource_that_reappears_is_found() {
    let (mut events, state) = valid();
    let delete = Operation::DeleteProduct {
        id: "p1".to_owned(),
    };
    events.push(event(
        6,
        "clerk",
        delete,
        Some(response(204, None, Body::Empty)),
    ));
    events.push(seen(8, "ann", get(), 200, 2, Resource::Product(product(6))));

    finds("a deleted resource does not reappear", &events, &state);
}

#[test]
fn an_address_of_two_users_is_found() {
    let (mut events, mut state) = valid();
    for (begun, id, name, email) in [
        (6, "ann", "n5", "a@example.org"),
        (8, "bob", "n6", "A@example.org"),
    ] {
        let operation = Operation::SignUp {
            email: email.to_owned(),
            name: name.to_owned(),
        };
        let user = user(id, email, name);
        events.push(seen(
            begun,
            id,
            operation,
            201,
            1,
            Resource::User(user.clone()),
        ));
        state.users.insert(id.to_owned(), user);
    }

    finds(
        "an e-mail address or SKU belongs to one resource",
        &events,
        &state,
    );
}

/// Returns a history in which Ann signs up, deletes her profile, signs up again, and reads her profile,
/// with the versions of the three responses.
fn sign_up_twice(versions: [u64; 3]) -> (Vec<Event>, FinalState) {
    let (mut events, state) = valid();
    let ann = |name: &str| Resource::User(user("ann", "a@example.org", name));
    let sign_up = |name: &str| Operation::SignUp {
        email: "a@example.org".to_owned(),
        name: name.to_owned(),
    };
    let id = || "ann".to_owned();
    let left = response(204, None, Body::Empty);
    events.extend([
        seen(6, "ann", sign_up("n5"), 201, versions[0], ann("n5")),
        event(8, "ann", Operation::DeleteUser { id: id() }, Some(left)),
        seen(10, "ann", sign_up("n6"), 201, versions[1], ann("n6")),
    ]);
    let name = if versions[2] == versions[0] {
        "n5"
    } else {
        "n6"
    };
    let get = Operation::GetUser { id: id() };
    events.push(seen(12, "ann", get, 200, versions[2], ann(name)));
    (events, state)
}

#[test]
fn a_user_who_signs_up_again_may_have_any_version() {
    for (before, after) in [(1 << 40, 1 << 50), (1 << 50, 1 << 40)] {
        let (events, state) = sign_up_twice([before, after, after]);

        assert_eq!(check(&events, &state), []);
    }
}

#[test]
fn a_reused_version_after_a_second_sign_up_is_found() {
    let (events, state) = sign_up_twice([7, 7, 7]);
    finds("a version has one content", &events, &state);

    let (events, state) = sign_up_twice([1 << 40, 1 << 50, 1 << 40]);
    finds("a deleted resource does not reappear", &events, &state);
}

#[test]
fn an_unjustified_refusal_of_an_address_is_found() {
    let (mut events, state) = valid();
    let operation = Operation::SignUp {
        email: "a@example.org".to_owned(),
        name: "n5".to_owned(),
    };
    events.push(refused(6, "ann", operation, 409, "email-taken"));

    let rule = "a unique value is refused only while it is taken";
    finds(rule, &events, &state);
}

#[test]
fn a_different_or_unmarked_replay_is_found() {
    let (mut events, state) = valid();
    let mut again = events[1].response.clone().unwrap();
    again.replayed = true;
    events[1].replays = vec![again.clone()];
    assert_eq!(check(&events, &state), []);

    events[1].replays = vec![Response {
        text: "else".to_owned(),
        ..again.clone()
    }];
    finds("a replayed response equals the first one", &events, &state);
    events[1].replays = vec![Response {
        replayed: false,
        ..again
    }];
    finds(
        "a POST with an idempotency key takes effect once",
        &events,
        &state,
    );
}

#[test]
fn a_replay_without_an_outcome_needs_a_deletion() {
    let (mut events, state) = valid();
    let sign_up = Operation::SignUp {
        email: "bob@example.org".to_owned(),
        name: "n2".to_owned(),
    };
    let bob = user("bob", "bob@example.org", "n2");
    let mut signed_up = seen(6, "bob", sign_up, 201, 7, Resource::User(bob));
    let deleted = Body::Problem("outcome-deleted".to_owned());
    signed_up.replays = vec![response(410, None, deleted)];
    events.push(signed_up);
    finds("a replayed response equals the first one", &events, &state);

    let id = "bob".to_owned();
    let left = response(204, None, Body::Empty);
    events.push(event(8, "bob", Operation::DeleteUser { id }, Some(left)));

    assert_eq!(check(&events, &state), []);
}

#[test]
fn an_internal_problem_is_found() {
    let (mut events, state) = valid();
    events[0].failed.push("id".to_owned());

    finds("a temporary failure is a 503", &events, &state);
}

#[test]
fn a_violation_shows_its_events() {
    let (mut events, state) = valid();
    events.push(seen(6, "bob", get(), 200, 2, Resource::Product(product(5))));

    let found = check(&events, &state);
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
