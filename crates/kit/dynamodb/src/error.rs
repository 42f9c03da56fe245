//! Errors of the database and of the operations that every table has.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A call to DynamoDB failed for a reason that is not the client's.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// DynamoDB throttled, failed, was out of reach or was too slow. Trying again later may help.
    #[error("DynamoDB is busy or out of reach ({code})")]
    Unavailable {
        /// DynamoDB's error code, or what happened to the connection.
        code: String,
        /// The SDK's error.
        source: Source,
    },
    /// Other requests kept changing the same items until the time was up. Trying again may help.
    #[error("other requests are changing the same items")]
    Contended,
    /// DynamoDB refused the call: a permission, a table or the call itself is wrong.
    #[error("DynamoDB refused the call ({code}): {message}")]
    Refused {
        /// DynamoDB's error code.
        code: String,
        /// DynamoDB's message.
        message: String,
        /// The SDK's error.
        source: Source,
    },
    /// An item cannot be read as, or written from, the entity that this version of the code knows.
    #[error("an item of table `{table}` does not have the expected shape")]
    Corrupt {
        /// The table's logical name.
        table: &'static str,
        /// The attribute, and why it is not valid.
        source: serde_dynamo::Error,
    },
    /// A receipt cannot be read as the entity that this version of the code knows.
    #[error("a receipt does not have the expected shape")]
    CorruptReceipt {
        /// Why it is not valid.
        source: serde_json::Error,
    },
    /// The function's declaration does not name the table.
    #[error("the function's declaration does not name the table `{0}`")]
    UndeclaredTable(&'static str),
}

/// The error codes of calls that may succeed when they are tried again.
const TRANSIENT: [&str; 8] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl<E> From<SdkError<E>> for DatabaseError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let unavailable = |code: &str, source: SdkError<E>| Self::Unavailable {
            code: code.to_owned(),
            source: source.into(),
        };
        match &error {
            SdkError::TimeoutError(_) => unavailable("time-out", error),
            SdkError::DispatchFailure(_) => unavailable("no connection", error),
            SdkError::ResponseError(_) => unavailable("unreadable answer", error),
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or("no code").to_owned();
                let message = service.err().message().unwrap_or_default().to_owned();
                if TRANSIENT.contains(&code.as_str()) || service.raw().status().is_server_error() {
                    return unavailable(&code, error);
                }
                Self::Refused {
                    code,
                    message,
                    source: error.into(),
                }
            }
            // ConstructionFailure, or a variant that the SDK may add: the call was not sent.
            _ => Self::Refused {
                code: "not sent".to_owned(),
                message: "the SDK could not build the request".to_owned(),
                source: error.into(),
            },
        }
    }
}

/// A claim was not looked up, or not granted.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The earlier request took effect, and its outcome was deleted with the entity.
    #[error("the earlier request took effect, and its outcome was deleted")]
    OutcomeDeleted,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// An entity was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// An entity with this key exists.
    #[error("it exists already")]
    Exists,
    /// Another entity has the value of the unique attribute.
    #[error("the value of the unique attribute is taken")]
    Taken,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An earlier request with the idempotency key created the entity, which was deleted since.
    #[error("the earlier request created it, and it was deleted")]
    OutcomeDeleted,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<ClaimError> for CreateError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::KeyReused => Self::KeyReused,
            ClaimError::OutcomeDeleted => Self::OutcomeDeleted,
            ClaimError::Database(error) => Self::Database(error),
        }
    }
}

/// An entity was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No entity has this key.
    #[error("it does not exist")]
    NotFound,
    /// The entity is not in an expected version.
    #[error("it has changed since")]
    Moved,
    /// Another entity has the value of the unique attribute.
    #[error("the value of the unique attribute is taken")]
    Taken,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// An entity was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// No entity has this key.
    #[error("it does not exist")]
    NotFound,
    /// The entity is not in an expected version.
    #[error("it has changed since")]
    Moved,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A page was not read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor is damaged, or belongs to another list.
    #[error("the cursor is damaged or belongs to another list")]
    InvalidCursor,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
