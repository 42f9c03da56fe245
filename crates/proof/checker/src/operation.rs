//! The operations that the checker requests from the store.

use serde::Serialize;
use serde_json::Value;

use crate::resource::{Kind, Money};

/// An operation of the API. Its serialized form is the body of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Operation {
    Health,
    SignUp {
        email: String,
        name: String,
    },
    GetUser {
        id: String,
    },
    PatchUser {
        #[serde(skip)]
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
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
        price: Money,
        stock: u64,
    },
    GetProduct {
        id: String,
    },
    PatchProduct {
        #[serde(skip)]
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        sku: Option<String>,
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        price: Option<Money>,
    },
    DeleteProduct {
        id: String,
    },
    ListProducts {
        category: String,
        cursor: Option<String>,
    },
    AdjustStock {
        #[serde(skip)]
        id: String,
        delta: i64,
    },
    PlaceOrder {
        items: Vec<Item>,
    },
    GetOrder {
        id: String,
    },
    ListOrders {
        cursor: Option<String>,
    },
    CancelOrder {
        id: String,
    },
}

/// A line of a new order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub product_id: String,
    pub quantity: u64,
}

impl Operation {
    /// Returns the function's name, the method and the target.
    fn route(&self) -> (&'static str, &'static str, String) {
        let page = |path: String, cursor: &Option<String>| match cursor {
            Some(cursor) => format!("{path}&cursor={cursor}"),
            None => path,
        };
        match self {
            Self::Health => ("health-get", "GET", "/health".to_owned()),
            Self::SignUp { .. } => ("users-post", "POST", "/users".to_owned()),
            Self::GetUser { id } => ("users-get", "GET", format!("/users/{id}")),
            Self::PatchUser { id, .. } => ("users-patch", "PATCH", format!("/users/{id}")),
            Self::DeleteUser { id } => ("users-delete", "DELETE", format!("/users/{id}")),
            Self::ListUsers => ("users-list", "GET", "/users?limit=50".to_owned()),
            Self::AddProduct { .. } => ("products-post", "POST", "/products".to_owned()),
            Self::GetProduct { id } => ("products-get", "GET", format!("/products/{id}")),
            Self::PatchProduct { id, .. } => ("products-patch", "PATCH", format!("/products/{id}")),
            Self::DeleteProduct { id } => ("products-delete", "DELETE", format!("/products/{id}")),
            Self::ListProducts { category, cursor } => {
                let path = format!("/products?limit=100&category={category}");
                ("products-list", "GET", page(path, cursor))
            }
            Self::AdjustStock { id, .. } => (
                "products-stock-post",
                "POST",
                format!("/products/{id}/stock"),
            ),
            Self::PlaceOrder { .. } => ("orders-post", "POST", "/orders".to_owned()),
            Self::GetOrder { id } => ("orders-get", "GET", format!("/orders/{id}")),
            Self::ListOrders { cursor } => (
                "orders-list",
                "GET",
                page("/orders?limit=100".to_owned(), cursor),
            ),
            Self::CancelOrder { id } => (
                "orders-cancellation-put",
                "PUT",
                format!("/orders/{id}/cancellation"),
            ),
        }
    }

    /// Returns the name of the function that serves this operation.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.route().0
    }

    #[must_use]
    pub fn method(&self) -> &'static str {
        self.route().1
    }

    /// Returns the path and the query.
    #[must_use]
    pub fn target(&self) -> String {
        self.route().2
    }

    #[must_use]
    pub fn body(&self) -> Option<Value> {
        let body = serde_json::to_value(self).expect("the fields are strings and numbers");
        matches!(self.method(), "POST" | "PATCH").then_some(body)
    }

    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method() == "GET"
    }

    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.method() == "DELETE"
    }

    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(
            self,
            Self::ListUsers | Self::ListProducts { .. } | Self::ListOrders { .. }
        )
    }

    /// Returns the kind of resource that a successful response represents.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Health => None,
            Self::SignUp { .. }
            | Self::GetUser { .. }
            | Self::PatchUser { .. }
            | Self::DeleteUser { .. }
            | Self::ListUsers => Some(Kind::User),
            Self::AddProduct { .. }
            | Self::GetProduct { .. }
            | Self::PatchProduct { .. }
            | Self::DeleteProduct { .. }
            | Self::ListProducts { .. }
            | Self::AdjustStock { .. } => Some(Kind::Product),
            Self::PlaceOrder { .. }
            | Self::GetOrder { .. }
            | Self::ListOrders { .. }
            | Self::CancelOrder { .. } => Some(Kind::Order),
        }
    }

    /// Returns the resource that the target names.
    #[must_use]
    pub fn resource(&self) -> Option<(Kind, &str)> {
        match self {
            Self::GetUser { id }
            | Self::PatchUser { id, .. }
            | Self::DeleteUser { id }
            | Self::GetProduct { id }
            | Self::PatchProduct { id, .. }
            | Self::DeleteProduct { id }
            | Self::AdjustStock { id, .. }
            | Self::GetOrder { id }
            | Self::CancelOrder { id } => Some((self.kind()?, id)),
            Self::Health
            | Self::SignUp { .. }
            | Self::ListUsers
            | Self::AddProduct { .. }
            | Self::ListProducts { .. }
            | Self::PlaceOrder { .. }
            | Self::ListOrders { .. } => None,
        }
    }

    /// Returns the name that the request sets. No two requests set the same name.
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

    /// Returns the unique value that the request sets: an e-mail address or a SKU.
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
}

/// An operation with its caller and its conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The subject of the token.
    pub caller: String,
    pub operation: Operation,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    pub if_match: Option<u64>,
    pub if_none_match: Option<u64>,
}

impl Request {
    /// Returns a request without a key or conditions.
    #[must_use]
    pub fn new(caller: &str, operation: Operation) -> Self {
        Self {
            caller: caller.to_owned(),
            operation,
            key: None,
            if_match: None,
            if_none_match: None,
        }
    }

    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            ..self
        }
    }

    #[must_use]
    pub fn if_match(self, version: Option<u64>) -> Self {
        Self {
            if_match: version,
            ..self
        }
    }

    #[must_use]
    pub fn if_none_match(self, version: Option<u64>) -> Self {
        Self {
            if_none_match: version,
            ..self
        }
    }
}
