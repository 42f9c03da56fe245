//! What may go wrong, step by step.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Unplaceable;

use crate::Short;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The database did not do what was asked, for a reason that is not the caller's.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It is throttling, out of reach, too slow, or it failed: trying again later may help.
    #[error("DynamoDB is busy or out of reach ({code})")]
    Unavailable {
        /// DynamoDB's error code, or what happened to the connection.
        code: String,
        /// The SDK's error.
        source: Source,
    },
    /// Other requests kept changing the same items until this one gave up: trying again may help.
    #[error("other requests are changing the same items")]
    Contended,
    /// It refused the call: a permission, a table or the call itself is wrong.
    #[error("DynamoDB refused the call ({code}): {message}")]
    Refused {
        /// DynamoDB's error code.
        code: String,
        /// DynamoDB's words.
        message: String,
        /// The SDK's error.
        source: Source,
    },
    /// An item is not of the shape that this version of the code knows.
    #[error("an item of table `{table}` has no valid `{attribute}`")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// The function's declaration does not name the table.
    #[error("the function's declaration names no table `{0}`")]
    UndeclaredTable(&'static str),
}

/// What DynamoDB answers when the same call may succeed later.
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
            // ConstructionFailure, and what the SDK may add: the call never left.
            _ => Self::Refused {
                code: "not sent".to_owned(),
                message: "the SDK could not build the request".to_owned(),
                source: error.into(),
            },
        }
    }
}

/// Why a thing was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is one with this id.
    #[error("it exists already")]
    Exists,
    /// Another thing has what must be unique: the e-mail address, the SKU.
    #[error("what must be unique is taken")]
    Taken,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a thing was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none with this id.
    #[error("there is none")]
    NotFound,
    /// It is in another version than the one expected.
    #[error("it has changed since")]
    Moved,
    /// Another thing has what must be unique: the e-mail address, the SKU.
    #[error("what must be unique is taken")]
    Taken,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a thing was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// There is none with this id.
    #[error("there is none")]
    NotFound,
    /// It is in another version than the one expected.
    #[error("it has changed since")]
    Moved,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a page was not read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor is damaged, or belongs to another query.
    #[error("the cursor is damaged or belongs to another query")]
    InvalidCursor,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a stock was not changed.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// There is no such product.
    #[error("there is no such product")]
    NotFound,
    /// It would leave the range that stock has.
    #[error("there are {left}, and the result must be between 0 and 1000000000")]
    OutOfRange {
        /// How many units there are.
        left: u32,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why an order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There are no such products as the lines at these places name.
    #[error("there are no such products")]
    Unknown(Vec<usize>),
    /// There are too few units for these lines.
    #[error("there are too few units")]
    Short(Vec<Short>),
    /// The products cannot be ordered together.
    #[error(transparent)]
    Unplaceable(#[from] Unplaceable),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why an order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is none with this id.
    #[error("there is none")]
    NotFound,
    /// The stock of a product is so large that the units do not fit in.
    #[error("the stock of a product cannot take the units back")]
    Full,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
