//! Every problem a client can be told of, and what it looks like: RFC 9457, on this one page.

use domain::InvalidUserId;
use serde::Serialize;
use store::{
    CancelError, ChangeError, CreateError, DatabaseError, ListError, PlaceError, RemoveError,
    Short, StockError,
};

use crate::Reply;

/// Why a request is not answered as it wished. `docs/problems.md` lists each with its status.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The body is not JSON, or not there, or not readable as text.
    #[error("the body cannot be read: {0}")]
    UnreadableBody(String),
    /// Parameters of the path, the query or a header are not what the route takes.
    #[error("a parameter is not valid")]
    InvalidParameter(Vec<InvalidField>),
    /// The token's subject cannot be the id of a user.
    #[error("the token's subject cannot name a user")]
    UnsupportedSubject(#[source] InvalidUserId),
    /// There is nothing here, or nothing of the caller's.
    #[error("there is nothing here for this caller")]
    NotFound,
    /// The caller has a profile.
    #[error("the caller has a profile already")]
    UserExists,
    /// Another user has the e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// Another product has the SKU.
    #[error("another product has this SKU")]
    SkuTaken,
    /// The stock would leave its range.
    #[error("there are {left} in stock, and the result must be between 0 and 1000000000")]
    StockOutOfRange {
        /// How many units there are.
        left: u32,
    },
    /// There are too few units for lines of an order.
    #[error("there are too few units of some products")]
    OutOfStock(Vec<InvalidField>),
    /// The thing is not in the version that `If-Match` names.
    #[error("it has changed since the version that If-Match names")]
    PreconditionFailed,
    /// The body is larger than the API reads.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The most bytes a body may have.
        limit: usize,
    },
    /// The body is of a kind the route does not read.
    #[error("the body must be {expected}")]
    UnsupportedMediaType {
        /// What the route reads.
        expected: &'static str,
    },
    /// The body is JSON, but not what the route takes.
    #[error("the body is not what this route takes")]
    InvalidBody(Vec<InvalidField>),
    /// The `Idempotency-Key` was used for another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// The database is busy; the same request may succeed in a moment.
    #[error("the store is busy; try again in a moment")]
    Unavailable(#[source] DatabaseError),
    /// The invocation's time was nearly over: what was asked may or may not have happened.
    #[error("the store was too slow; try again in a moment")]
    TooSlow,
    /// It is the store's own fault.
    #[error("the store failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A place in a request, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidField {
    /// In a body: where, as a JSON Pointer (RFC 6901); the body itself is `""`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Outside the body: the name of the path, query or header parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong.
    pub detail: String,
}

impl InvalidField {
    /// At a place of the body.
    pub(crate) fn body(pointer: &str, detail: impl ToString) -> Self {
        Self {
            pointer: Some(pointer.to_owned()),
            parameter: None,
            detail: detail.to_string(),
        }
    }

    /// At a parameter of the path, the query or a header.
    pub(crate) fn parameter(name: &str, detail: impl ToString) -> Self {
        Self {
            pointer: None,
            parameter: Some(name.to_owned()),
            detail: detail.to_string(),
        }
    }
}

/// The members of a problem document, in the order they are written.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [InvalidField],
}

impl Problem {
    /// The problem as the client sees it; `request_id` names the occurrence.
    #[must_use]
    pub fn reply(&self, request_id: &str) -> Reply {
        let (status, kind, title) = self.kind();
        let errors = match self {
            Self::InvalidParameter(errors)
            | Self::InvalidBody(errors)
            | Self::OutOfStock(errors) => errors.as_slice(),
            _ => &[],
        };
        let document = Document {
            r#type: format!("/problems/{kind}"),
            title,
            status,
            // What failed inside is for the log.
            detail: (status < 500 || status == 503).then(|| self.to_string()),
            instance: request_id,
            errors,
        };
        let reply =
            Reply::json(status, &document).header("content-type", "application/problem+json");
        if status == 503 {
            reply.header("retry-after", "1")
        } else {
            reply
        }
    }

    /// Whether the store failed, rather than refused: what was asked may or may not have happened.
    pub(crate) fn is_own_fault(&self) -> bool {
        self.kind().0 >= 500
    }

    /// Status, last part of the type, and title.
    fn kind(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::UnreadableBody(_) => (400, "unreadable-body", "The body cannot be read"),
            Self::InvalidParameter(_) => (400, "invalid-parameter", "A parameter is not valid"),
            Self::UnsupportedSubject(_) => (
                403,
                "unsupported-subject",
                "The token's subject cannot name a user",
            ),
            Self::NotFound => (404, "not-found", "Not found"),
            Self::UserExists => (409, "user-exists", "The user exists already"),
            Self::EmailTaken => (409, "email-taken", "The e-mail address is taken"),
            Self::SkuTaken => (409, "sku-taken", "The SKU is taken"),
            Self::StockOutOfRange { .. } => {
                (409, "stock-out-of-range", "The stock does not allow it")
            }
            Self::OutOfStock(_) => (409, "out-of-stock", "There are too few units"),
            Self::PreconditionFailed => (412, "precondition-failed", "It has changed"),
            Self::BodyTooLarge { .. } => (413, "body-too-large", "The body is too large"),
            Self::UnsupportedMediaType { .. } => (
                415,
                "unsupported-media-type",
                "The media type is not supported",
            ),
            Self::InvalidBody(_) => (422, "invalid-body", "The body is not valid"),
            Self::IdempotencyKeyReused => (
                422,
                "idempotency-key-reused",
                "The Idempotency-Key is another request's",
            ),
            Self::Unavailable(_) | Self::TooSlow => (503, "unavailable", "Try again in a moment"),
            Self::Internal(_) => (500, "internal", "Internal error"),
        }
    }

    /// A fault of the store's own.
    pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// What a user could not be made for.
    #[must_use]
    pub fn of_new_user(error: CreateError) -> Self {
        match error {
            CreateError::Exists => Self::UserExists,
            CreateError::Taken => Self::EmailTaken,
            CreateError::Database(error) => error.into(),
        }
    }

    /// What a user could not be changed for.
    #[must_use]
    pub fn of_changed_user(error: ChangeError) -> Self {
        Self::of_change(error, Self::EmailTaken)
    }

    /// What a product could not be added for.
    #[must_use]
    pub fn of_new_product(error: CreateError) -> Self {
        match error {
            // Its id is new: a second of its kind would be a fault in making ids.
            CreateError::Exists => Self::internal(error),
            CreateError::Taken => Self::SkuTaken,
            CreateError::Database(error) => error.into(),
        }
    }

    /// What a product could not be changed for.
    #[must_use]
    pub fn of_changed_product(error: ChangeError) -> Self {
        Self::of_change(error, Self::SkuTaken)
    }

    fn of_change(error: ChangeError, taken: Self) -> Self {
        match error {
            ChangeError::NotFound => Self::NotFound,
            ChangeError::Moved => Self::PreconditionFailed,
            ChangeError::Taken => taken,
            ChangeError::Database(error) => error.into(),
        }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unavailable { .. } | DatabaseError::Contended => {
                Self::Unavailable(error)
            }
            DatabaseError::Refused { .. }
            | DatabaseError::Corrupt { .. }
            | DatabaseError::UndeclaredTable(_) => Self::internal(error),
        }
    }
}

impl From<RemoveError> for Problem {
    fn from(error: RemoveError) -> Self {
        match error {
            RemoveError::NotFound => Self::NotFound,
            RemoveError::Moved => Self::PreconditionFailed,
            RemoveError::Database(error) => error.into(),
        }
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::InvalidCursor => {
                Self::InvalidParameter(vec![InvalidField::parameter("cursor", error)])
            }
            ListError::Database(error) => error.into(),
        }
    }
}

impl From<StockError> for Problem {
    fn from(error: StockError) -> Self {
        match error {
            StockError::NotFound => Self::NotFound,
            StockError::OutOfRange { left } => Self::StockOutOfRange { left },
            StockError::Database(error) => error.into(),
        }
    }
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Unknown(lines) => {
                let unknown = lines.into_iter().map(|line| {
                    InvalidField::body(
                        &format!("/items/{line}/productId"),
                        "there is no such product",
                    )
                });
                Self::InvalidBody(unknown.collect())
            }
            PlaceError::Short(lines) => {
                let short = lines.into_iter().map(|Short { line, left }| {
                    InvalidField::body(
                        &format!("/items/{line}/quantity"),
                        format!("there are {} left", left.units()),
                    )
                });
                Self::OutOfStock(short.collect())
            }
            PlaceError::Unplaceable(error) => {
                Self::InvalidBody(vec![InvalidField::body("/items", error)])
            }
            PlaceError::Database(error) => error.into(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Self::NotFound,
            // A billion units of a product are a fault in the data, not in the request.
            CancelError::Full => Self::internal(error),
            CancelError::Database(error) => error.into(),
        }
    }
}
