//! Problem documents (RFC 9457), and the problems that every route has.

use dynamodb::{DatabaseError, ListError, RemoveError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{InvalidField, Reply, invalid_fields::MAX_FIELDS};

/// An error that a client gets as a problem document.
pub trait Describe: std::error::Error + From<Problem> + 'static {
    /// What the error is to clients.
    fn kind(&self) -> Kind;

    /// The places in the request that are wrong.
    fn errors(&self) -> &[InvalidField] {
        &[]
    }
}

/// A type of problem, as clients and `docs/problems.md` know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The HTTP status.
    pub status: u16,
    /// The last part of the problem's type: `/problems/{name}`.
    pub name: &'static str,
    /// The title, which belongs to the type.
    pub title: &'static str,
}

/// The problems that every route has. `docs/problems.md` is generated from the attributes.
#[derive(Debug, thiserror::Error, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(ProblemKind),
    derive(strum::VariantArray, strum::IntoStaticStr),
    strum(serialize_all = "kebab-case"),
    vis(pub(crate))
)]
pub enum Problem {
    #[error("the body cannot be read: {0}")]
    UnreadableBody(String),
    #[error("a parameter is not valid")]
    InvalidParameter(Vec<InvalidField>),
    /// The subject of the token cannot be the id of a caller.
    #[error("the token's subject cannot name a user: it {0}")]
    UnsupportedSubject(String),
    /// The resource does not exist, or is not the caller's.
    #[error("there is nothing here for this caller")]
    NotFound,
    /// The resource is not in the version that `If-Match` names.
    #[error("it has changed since the version that If-Match names")]
    PreconditionFailed,
    /// The `Idempotency-Key` was used, and what the first request made was deleted since.
    #[error("the first request with this Idempotency-Key took effect, and its outcome was deleted")]
    OutcomeDeleted,
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge { limit: usize },
    #[error("the body must be {expected}")]
    UnsupportedMediaType { expected: &'static str },
    /// The body is JSON, but not what the route takes.
    #[error("the body is not what this route takes")]
    InvalidBody(Vec<InvalidField>),
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// The function failed.
    #[error("the function failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is busy or too slow. The change may have been made.
    #[error("the store is busy; try again in a moment")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The invocation was about to reach its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler did not finish before the deadline")]
pub(crate) struct DeadlineReached;

impl Describe for Problem {
    fn kind(&self) -> Kind {
        ProblemKind::from(self).kind()
    }

    fn errors(&self) -> &[InvalidField] {
        match self {
            Self::InvalidParameter(errors) | Self::InvalidBody(errors) => errors,
            _ => &[],
        }
    }
}

impl ProblemKind {
    fn kind(self) -> Kind {
        let (status, title) = match self {
            Self::UnreadableBody => (400, "The body cannot be read"),
            Self::InvalidParameter => (400, "A parameter is not valid"),
            Self::UnsupportedSubject => (403, "The token's subject cannot name a user"),
            Self::NotFound => (404, "Not found"),
            Self::OutcomeDeleted => (410, "The outcome was deleted"),
            Self::PreconditionFailed => (412, "It has changed"),
            Self::BodyTooLarge => (413, "The body is too large"),
            Self::UnsupportedMediaType => (415, "The media type is not supported"),
            Self::InvalidBody => (422, "The body is not valid"),
            Self::IdempotencyKeyReused => (422, "The Idempotency-Key is another request's"),
            Self::Internal => (500, "Internal error"),
            Self::Unavailable => (503, "Try again in a moment"),
        };
        Kind {
            status,
            name: self.into(),
            title,
        }
    }

    /// When clients get the problem, and what they can do.
    fn documentation(self) -> (&'static str, &'static str) {
        match self {
            Self::UnreadableBody => (
                "the body is missing, not JSON, or not UTF-8",
                "send a JSON object",
            ),
            Self::InvalidParameter => (
                "a path variable, query parameter or header is wrong or unknown, or a cursor is damaged or belongs to another list",
                "correct what `errors` names; start a list again without `cursor`",
            ),
            Self::UnsupportedSubject => (
                "the token's subject cannot be a user's id: it is empty, over 255 characters, or has characters that a path cannot carry",
                "use an issuer with other subjects",
            ),
            Self::NotFound => ("the resource does not exist, or is not the caller's", ""),
            Self::OutcomeDeleted => (
                "the first request with the `Idempotency-Key` took effect, and what it made was deleted since",
                "use a new key to make it again",
            ),
            Self::PreconditionFailed => (
                "the resource is not in a version that `If-Match` names",
                "read it again and decide",
            ),
            Self::BodyTooLarge => ("the body has more than 65,536 bytes", ""),
            Self::UnsupportedMediaType => (
                "the body is not JSON by its `Content-Type`, or not in UTF-8",
                "send `application/json`",
            ),
            Self::InvalidBody => (
                "the body is JSON, but fields are missing, wrong, given twice or unknown",
                "correct what `errors` names",
            ),
            Self::IdempotencyKeyReused => (
                "the `Idempotency-Key` was used in the last 24 hours for another request to this route",
                "use a new key for a new request",
            ),
            Self::Internal => ("the function failed", "report `instance`"),
            Self::Unavailable => (
                "the database is busy, out of reach, or slower than the function's time-out; the change may have been made",
                "try again after `Retry-After` seconds; a POST with an `Idempotency-Key` takes effect once, however often it is sent",
            ),
        }
    }
}

impl Problem {
    /// Every kind of problem that all routes have, with when clients get it and what they can do.
    pub fn documentation() -> impl Iterator<Item = (Kind, &'static str, &'static str)> {
        use strum::VariantArray;
        let kinds = ProblemKind::VARIANTS.iter();
        kinds.map(|kind| {
            let (when, remedy) = kind.documentation();
            (kind.kind(), when, remedy)
        })
    }

    /// A failure of the function itself.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// The members of a problem document, in the order in which they are written.
#[derive(Serialize, JsonSchema)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    /// For people. It may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = 1024), extend("examples" = ["what is wrong"]))]
    detail: Option<String>,
    /// The id of the request, as in the header apigw-requestid.
    #[schemars(length(max = 64), extend("examples" = ["ATfSmjLgPHcESJw="]))]
    instance: &'a str,
    /// The places of the request that are wrong. A last entry without a place says that there are more.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(length(min = 1, max = MAX_FIELDS + 1))]
    errors: &'a [InvalidField],
}

impl Kind {
    /// Whether clients get the text of the error. What failed inside is for the log.
    fn has_detail(self) -> bool {
        self.status < 500 || self.status == 503
    }

    /// Returns the schema of the problem's documents. `description` says when clients get it.
    pub fn schema(self, description: &str, generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Document::json_schema(generator);
        schema.insert("description".to_owned(), description.into());
        let Some(Value::Object(properties)) = schema.get_mut("properties") else {
            return schema;
        };
        let r#type = format!("/problems/{}", self.name);
        properties.insert(
            "type".to_owned(),
            json!({ "type": "string", "const": r#type }),
        );
        let title = json!({ "type": "string", "const": self.title });
        properties.insert("title".to_owned(), title);
        let status = json!({ "type": "integer", "format": "int32", "const": self.status });
        properties.insert("status".to_owned(), status);
        if !self.has_detail() {
            properties.remove("detail");
        } else if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push("detail".into());
        }
        schema
    }
}

/// The problem document of an error. `request_id` names the occurrence.
pub(crate) fn reply(problem: &impl Describe, request_id: &str) -> Reply {
    let Kind {
        status,
        name,
        title,
    } = problem.kind();
    let document = Document {
        r#type: format!("/problems/{name}"),
        title,
        status,
        detail: problem.kind().has_detail().then(|| problem.to_string()),
        instance: request_id,
        errors: problem.errors(),
    };
    let reply = Reply::json(status, &document).header("content-type", "application/problem+json");
    if status == 503 {
        reply.header("retry-after", "1")
    } else {
        reply
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unavailable { .. } | DatabaseError::Contended => {
                Self::Unavailable(error.into())
            }
            DatabaseError::Refused { .. }
            | DatabaseError::Corrupt { .. }
            | DatabaseError::CorruptReceipt { .. }
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
