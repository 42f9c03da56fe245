//! What was asked, when, and what came of it.

use crate::model::{Kind, Order, Product, Thing, User};
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A moment, as a place in the order of all beginnings and ends.
pub type Tick = u64;

/// The moment that never comes.
pub const NEVER: Tick = Tick::MAX;

/// What is asked of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the API")]
pub enum Ask {
    Health,
    SignUp {
        email: String,
        name: String,
    },
    GetUser {
        id: String,
    },
    PatchUser {
        id: String,
        email: Option<String>,
        name: String,
    },
    DeleteUser {
        id: String,
    },
    ListUsers,
    AddProduct {
        sku: String,
        name: String,
        category: String,
        amount: u64,
        stock: u64,
    },
    GetProduct {
        id: String,
    },
    PatchProduct {
        id: String,
        sku: Option<String>,
        name: String,
        category: Option<String>,
        amount: Option<u64>,
    },
    DeleteProduct {
        id: String,
    },
    ListProducts {
        category: String,
        cursor: Option<String>,
    },
    AdjustStock {
        id: String,
        delta: i64,
    },
    PlaceOrder {
        lines: Vec<(String, u64)>,
    },
    GetOrder {
        id: String,
    },
    ListOrders {
        cursor: Option<String>,
    },
    Cancel {
        id: String,
    },
}

impl Ask {
    /// Method and target.
    #[must_use]
    pub fn target(&self) -> (&'static str, String) {
        let page = |path: String, cursor: &Option<String>| match cursor {
            Some(cursor) => format!("{path}&cursor={cursor}"),
            None => path,
        };
        match self {
            Self::Health => ("GET", "/health".to_owned()),
            Self::SignUp { .. } => ("POST", "/users".to_owned()),
            Self::GetUser { id } => ("GET", format!("/users/{id}")),
            Self::PatchUser { id, .. } => ("PATCH", format!("/users/{id}")),
            Self::DeleteUser { id } => ("DELETE", format!("/users/{id}")),
            Self::ListUsers => ("GET", "/users?limit=50".to_owned()),
            Self::AddProduct { .. } => ("POST", "/products".to_owned()),
            Self::GetProduct { id } => ("GET", format!("/products/{id}")),
            Self::PatchProduct { id, .. } => ("PATCH", format!("/products/{id}")),
            Self::DeleteProduct { id } => ("DELETE", format!("/products/{id}")),
            Self::ListProducts { category, cursor } => (
                "GET",
                page(format!("/products?limit=100&category={category}"), cursor),
            ),
            Self::AdjustStock { id, .. } => ("POST", format!("/products/{id}/stock")),
            Self::PlaceOrder { .. } => ("POST", "/orders".to_owned()),
            Self::GetOrder { id } => ("GET", format!("/orders/{id}")),
            Self::ListOrders { cursor } => ("GET", page("/orders?limit=100".to_owned(), cursor)),
            Self::Cancel { id } => ("PUT", format!("/orders/{id}/cancellation")),
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        let money = |amount: &u64| json!({ "amount": amount, "currency": "EUR" });
        let mut fields = serde_json::Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        };
        match self {
            Self::SignUp { email, name } => return Some(json!({ "email": email, "name": name })),
            Self::PatchUser { email, name, .. } => {
                add("email", email.as_ref().map(|email| json!(email)));
                add("name", Some(json!(name)));
            }
            Self::AddProduct {
                sku,
                name,
                category,
                amount,
                stock,
            } => {
                return Some(json!({
                    "sku": sku, "name": name, "category": category, "price": money(amount),
                    "stock": stock,
                }));
            }
            Self::PatchProduct {
                sku,
                name,
                category,
                amount,
                ..
            } => {
                add("sku", sku.as_ref().map(|sku| json!(sku)));
                add("name", Some(json!(name)));
                add(
                    "category",
                    category.as_ref().map(|category| json!(category)),
                );
                add("price", amount.as_ref().map(money));
            }
            Self::AdjustStock { delta, .. } => return Some(json!({ "delta": delta })),
            Self::PlaceOrder { lines } => {
                let line = |(id, quantity): &(String, u64)| json!({ "productId": id, "quantity": quantity });
                return Some(json!({ "items": lines.iter().map(line).collect::<Vec<_>>() }));
            }
            Self::Health
            | Self::GetUser { .. }
            | Self::DeleteUser { .. }
            | Self::ListUsers
            | Self::GetProduct { .. }
            | Self::DeleteProduct { .. }
            | Self::ListProducts { .. }
            | Self::GetOrder { .. }
            | Self::ListOrders { .. }
            | Self::Cancel { .. } => return None,
        }
        Some(Value::Object(fields))
    }

    /// Whether asking again does nothing more than asking once, even without a key.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        self.target().0 == "GET"
    }

    /// Whether it is a POST.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.target().0 == "POST"
    }

    /// The thing it is about, where it is about one that is known before.
    #[must_use]
    pub fn about(&self) -> Option<(Kind, &str)> {
        match self {
            Self::GetUser { id } | Self::PatchUser { id, .. } | Self::DeleteUser { id } => {
                Some((Kind::User, id))
            }
            Self::GetProduct { id }
            | Self::PatchProduct { id, .. }
            | Self::DeleteProduct { id }
            | Self::AdjustStock { id, .. } => Some((Kind::Product, id)),
            Self::GetOrder { id } | Self::Cancel { id } => Some((Kind::Order, id)),
            Self::Health
            | Self::SignUp { .. }
            | Self::ListUsers
            | Self::AddProduct { .. }
            | Self::ListProducts { .. }
            | Self::PlaceOrder { .. }
            | Self::ListOrders { .. } => None,
        }
    }

    /// The name it gives, which no other request gives.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::SignUp { name, .. }
            | Self::PatchUser { name, .. }
            | Self::AddProduct { name, .. }
            | Self::PatchProduct { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What it wants for its own: an e-mail address or a SKU.
    #[must_use]
    pub fn unique(&self) -> Option<String> {
        match self {
            Self::SignUp { email, .. } => Some(email.to_lowercase()),
            Self::PatchUser { email, .. } => email.as_ref().map(|email| email.to_lowercase()),
            Self::AddProduct { sku, .. } => Some(sku.clone()),
            Self::PatchProduct { sku, .. } => sku.clone(),
            _ => None,
        }
    }

    /// A word for tables.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Health => "health-get",
            Self::SignUp { .. } => "users-post",
            Self::GetUser { .. } => "users-get",
            Self::PatchUser { .. } => "users-patch",
            Self::DeleteUser { .. } => "users-delete",
            Self::ListUsers => "users-list",
            Self::AddProduct { .. } => "products-post",
            Self::GetProduct { .. } => "products-get",
            Self::PatchProduct { .. } => "products-patch",
            Self::DeleteProduct { .. } => "products-delete",
            Self::ListProducts { .. } => "products-list",
            Self::AdjustStock { .. } => "products-stock-post",
            Self::PlaceOrder { .. } => "orders-post",
            Self::GetOrder { .. } => "orders-get",
            Self::ListOrders { .. } => "orders-list",
            Self::Cancel { .. } => "orders-cancellation-put",
        }
    }
}

/// Who asks for what, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The token's subject.
    pub who: String,
    /// What.
    pub ask: Ask,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// `If-Match`.
    pub if_match: Option<u64>,
    /// `If-None-Match`.
    pub if_none_match: Option<u64>,
}

impl Request {
    /// A request without conditions.
    #[must_use]
    pub fn new(who: &str, ask: Ask) -> Self {
        Self {
            who: who.to_owned(),
            ask,
            key: None,
            if_match: None,
            if_none_match: None,
        }
    }
}

/// What an answer's body tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A thing.
    Thing(Thing),
    /// A page of things, and where the next one begins.
    Page(Vec<Thing>, Option<String>),
    /// The last part of a problem's type.
    Problem(String),
    /// Something else.
    Other,
}

/// An answer that settles what has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The number in the `ETag`.
    pub version: Option<u64>,
    /// The `Location`.
    pub location: Option<String>,
    /// Whether `Idempotency-Replayed` says so.
    pub replayed: bool,
    /// The request's id, for the log.
    pub request_id: String,
    /// The body as it came.
    pub text: String,
    /// What it tells.
    pub body: Body,
}

impl Answer {
    /// Whether it tells of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it is the same answer as another, given at another time.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        self.status == other.status
            && self.version == other.version
            && self.location == other.location
            && self.text == other.text
    }

    /// The thing in the body.
    #[must_use]
    pub fn thing(&self) -> Option<&Thing> {
        match &self.body {
            Body::Thing(thing) => Some(thing),
            _ => None,
        }
    }

    /// Reads a body as an answer to `ask` has it.
    #[must_use]
    pub fn read(ask: &Ask, status: u16, text: &str) -> Body {
        if text.is_empty() {
            return Body::Empty;
        }
        if status >= 400 {
            let problem: Option<Value> = serde_json::from_str(text).ok();
            let kind = problem.as_ref().and_then(|p| p["type"].as_str());
            let kind = kind.and_then(|kind| kind.strip_prefix("/problems/"));
            return kind.map_or(Body::Other, |kind| Body::Problem(kind.to_owned()));
        }
        let user = |value| serde_json::from_value::<User>(value).map(Thing::User);
        let product = |value| serde_json::from_value::<Product>(value).map(Thing::Product);
        let order = |value| serde_json::from_value::<Order>(value).map(Thing::Order);
        let Ok(mut value) = serde_json::from_str::<Value>(text) else {
            return Body::Other;
        };
        let page = |value: &mut Value, read: &dyn Fn(Value) -> serde_json::Result<Thing>| {
            let next = value["next"].as_str().map(str::to_owned);
            let Value::Array(items) = value["items"].take() else {
                return Body::Other;
            };
            let things: Result<Vec<_>, _> = items.into_iter().map(read).collect();
            things.map_or(Body::Other, |things| Body::Page(things, next))
        };
        let thing = match ask {
            Ask::Health => return Body::Other,
            Ask::ListUsers => return page(&mut value, &user),
            Ask::ListProducts { .. } => return page(&mut value, &product),
            Ask::ListOrders { .. } => return page(&mut value, &order),
            Ask::SignUp { .. }
            | Ask::GetUser { .. }
            | Ask::PatchUser { .. }
            | Ask::DeleteUser { .. } => user(value),
            Ask::AddProduct { .. }
            | Ask::GetProduct { .. }
            | Ask::PatchProduct { .. }
            | Ask::DeleteProduct { .. }
            | Ask::AdjustStock { .. } => product(value),
            Ask::PlaceOrder { .. } | Ask::GetOrder { .. } | Ask::Cancel { .. } => order(value),
        };
        thing.map_or(Body::Other, Body::Thing)
    }
}

/// A request from its first byte to what is known of it.
#[derive(Debug, Clone)]
pub struct Event {
    /// What was asked.
    pub request: Request,
    /// Before this it has not happened.
    pub begun: Tick,
    /// After this it does not happen any more; [`NEVER`] when there is no answer.
    pub ended: Tick,
    /// What settles it; without, it may or may not have happened.
    pub answer: Option<Answer>,
    /// How often it was sent.
    pub tries: u32,
    /// Answers to the same request with the same key, at the same time or later.
    pub replays: Vec<Answer>,
    /// The answer to another request with the same key.
    pub reuse: Option<Answer>,
    /// The ids of requests which the store says it failed at without a reason that passes.
    pub failed: Vec<String>,
}

impl Event {
    /// Whether it has happened for certain.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.answer.as_ref().is_some_and(Answer::is_success)
    }

    /// Whether it may have happened: it was not refused. A PATCH that is answered 404 may have been
    /// made before what it changed was deleted: DynamoDB did it, the answer was lost, and the SDK's
    /// retry came too late.
    #[must_use]
    pub fn possible(&self) -> bool {
        self.answer.as_ref().is_none_or(|answer| {
            let gone = answer.status == 404 && self.request.ask.target().0 == "PATCH";
            answer.is_success() || gone
        })
    }

    /// The problem it was answered with.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        match &self.answer.as_ref()?.body {
            Body::Problem(kind) => Some(kind),
            _ => None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = &self.request;
        let (method, target) = request.ask.target();
        write!(f, "[{}..", self.begun)?;
        match self.ended {
            NEVER => f.write_str("?]")?,
            ended => write!(f, "{ended}]")?,
        }
        write!(f, " {} {method} {target}", request.who)?;
        if let Some(body) = request.ask.body() {
            write!(f, " {body}")?;
        }
        for (name, value) in [
            (
                "If-Match",
                request.if_match.map(|version| version.to_string()),
            ),
            ("Idempotency-Key", request.key.clone()),
        ] {
            if let Some(value) = value {
                write!(f, " {name}: {value}")?;
            }
        }
        match &self.answer {
            None => write!(f, " → no answer, sent {} times", self.tries),
            Some(answer) => {
                write!(f, " → {}", answer.status)?;
                if let Some(version) = answer.version {
                    write!(f, " version {version}")?;
                }
                write!(
                    f,
                    " {} (request {}, sent {} times)",
                    answer.text, answer.request_id, self.tries
                )
            }
        }
    }
}

/// Events as they end, and the clock they share.
#[derive(Debug, Default)]
pub struct History {
    clock: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl History {
    /// The next moment.
    pub fn tick(&self) -> Tick {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Adds what has ended.
    pub fn add(&self, event: Event) {
        self.lock().push(event);
    }

    /// The events so far.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all that have been added.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.lock())
    }
}
