//! A valid history of requests, and the parts to change it with.

use checker::{
    final_state::FinalState,
    history::{Event, NEVER},
    operation::{Item, Operation, Request},
    resource::{Line, Money, Order, Product, Resource, Status, User},
    response::{Body, Response},
};

pub(crate) fn product(stock: u64) -> Product {
    Product {
        id: "p1".to_owned(),
        sku: "SKU-1".to_owned(),
        name: "n1".to_owned(),
        category: "left".to_owned(),
        price: Money::eur(500),
        stock,
        created_at: "today".to_owned(),
        updated_at: "today".to_owned(),
    }
}

pub(crate) fn order(id: &str, quantity: u64) -> Order {
    Order {
        id: id.to_owned(),
        status: Status::Placed,
        items: vec![Line {
            product_id: "p1".to_owned(),
            quantity,
            name: "n1".to_owned(),
            unit_price: Money::eur(500),
            total: Money::eur(500 * quantity),
        }],
        total: Money::eur(500 * quantity),
        created_at: "today".to_owned(),
        cancelled_at: None,
    }
}

pub(crate) fn user(id: &str, email: &str, name: &str) -> User {
    User {
        id: id.to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
        created_at: "today".to_owned(),
        updated_at: "today".to_owned(),
    }
}

pub(crate) fn response(status: u16, version: Option<u64>, body: Body) -> Response {
    Response {
        status,
        version,
        location: None,
        replayed: false,
        request_id: "id".to_owned(),
        text: format!("{body:?}"),
        body,
    }
}

/// Returns an event that begins at `begun` and takes two ticks.
pub(crate) fn event(
    begun: u64,
    caller: &str,
    operation: Operation,
    response: Option<Response>,
) -> Event {
    Event {
        request: Request::new(caller, operation),
        begun,
        ended: if response.is_some() { begun + 1 } else { NEVER },
        response,
        tries: 1,
        replays: Vec::new(),
        reuse: None,
        failed: Vec::new(),
    }
}

pub(crate) fn seen(
    begun: u64,
    caller: &str,
    operation: Operation,
    status: u16,
    version: u64,
    resource: Resource,
) -> Event {
    let response = response(status, Some(version), Body::Resource(resource));
    event(begun, caller, operation, Some(response))
}

pub(crate) fn refused(
    begun: u64,
    caller: &str,
    operation: Operation,
    status: u16,
    problem: &str,
) -> Event {
    let response = response(status, None, Body::Problem(problem.to_owned()));
    event(begun, caller, operation, Some(response))
}

fn add() -> Operation {
    Operation::AddProduct {
        sku: "SKU-1".to_owned(),
        name: "n1".to_owned(),
        category: "left".to_owned(),
        price: Money::eur(500),
        stock: 10,
    }
}

pub(crate) fn get() -> Operation {
    Operation::GetProduct {
        id: "p1".to_owned(),
    }
}

pub(crate) fn place(quantity: u64) -> Operation {
    Operation::PlaceOrder {
        items: vec![Item {
            product_id: "p1".to_owned(),
            quantity,
        }],
    }
}

pub(crate) fn adjust(delta: i64) -> Operation {
    Operation::AdjustStock {
        id: "p1".to_owned(),
        delta,
    }
}

pub(crate) fn cancel() -> Operation {
    Operation::CancelOrder {
        id: "o1".to_owned(),
    }
}

pub(crate) fn rename(name: &str) -> Operation {
    Operation::PatchProduct {
        id: "p1".to_owned(),
        sku: None,
        name: name.to_owned(),
        category: None,
        price: None,
    }
}

/// Returns a history in which 4 of the 10 units of a product are ordered, and its final state.
pub(crate) fn valid() -> (Vec<Event>, FinalState) {
    let events = vec![
        seen(0, "clerk", add(), 201, 1, Resource::Product(product(10))),
        seen(2, "ann", place(4), 201, 1, Resource::Order(order("o1", 4))),
        seen(4, "ann", get(), 200, 2, Resource::Product(product(6))),
    ];
    let state = FinalState {
        products: [("p1".to_owned(), product(6))].into(),
        listed: vec![("left".to_owned(), product(6))],
        orders: vec![("ann".to_owned(), order("o1", 4))],
        ..FinalState::default()
    };
    (events, state)
}

pub(crate) fn set_stock(state: &mut FinalState, stock: u64) {
    state.products.insert("p1".to_owned(), product(stock));
    state.listed = vec![("left".to_owned(), product(stock))];
}
