#![doc = include_str!("../README.md")]

use dynamodb::{ChangeError, CreateError, DatabaseError, ListError, RemoveError};
use function::{Describe, InvalidField, Kind};
use store::{CancelError, PlaceError, Short, StockError};

/// A request was not answered as its client wished. `docs/problems.md` lists every problem.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A problem that every route has.
    #[error(transparent)]
    Request(#[from] function::Problem),
    /// A problem of the shop.
    #[error(transparent)]
    Shop(#[from] Refusal),
}

/// The shop's own problems.
#[derive(Debug, thiserror::Error, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(RefusalKind),
    derive(strum::VariantArray, strum::IntoStaticStr),
    strum(serialize_all = "kebab-case"),
    vis(pub(crate))
)]
pub enum Refusal {
    #[error("the caller has a profile already")]
    UserExists,
    #[error("another user has this e-mail address")]
    EmailTaken,
    #[error("another product has this SKU")]
    SkuTaken,
    #[error(transparent)]
    StockOutOfRange(StockError),
    #[error("there are too few units of some products")]
    OutOfStock(Vec<InvalidField>),
}

impl RefusalKind {
    fn kind(self) -> Kind {
        let title = match self {
            Self::UserExists => "The user exists already",
            Self::EmailTaken => "The e-mail address is taken",
            Self::SkuTaken => "The SKU is taken",
            Self::StockOutOfRange => "The stock does not allow it",
            Self::OutOfStock => "There are too few units",
        };
        Kind {
            status: 409,
            name: self.into(),
            title,
        }
    }

    /// When clients get the problem, and what they can do.
    fn documentation(self) -> (&'static str, &'static str) {
        match self {
            Self::UserExists => ("the caller has a profile already", "change it by PATCH"),
            Self::EmailTaken => (
                "another user has the address, in any case",
                "use another address",
            ),
            Self::SkuTaken => ("another product has the SKU", "use another SKU"),
            Self::StockOutOfRange => (
                "the stock would fall below zero or rise above 1,000,000,000",
                "take what is left: `detail` says how many units",
            ),
            Self::OutOfStock => (
                "there are too few units for lines of an order; `errors` names each line with what is left",
                "order less",
            ),
        }
    }
}

impl Describe for Problem {
    fn kind(&self) -> Kind {
        match self {
            Self::Request(problem) => problem.kind(),
            Self::Shop(refusal) => RefusalKind::from(refusal).kind(),
        }
    }

    fn errors(&self) -> &[InvalidField] {
        match self {
            Self::Request(problem) => problem.errors(),
            Self::Shop(Refusal::OutOfStock(errors)) => errors,
            Self::Shop(_) => &[],
        }
    }
}

impl Problem {
    /// Every kind of problem of this API, with when clients get it and what they can do.
    pub fn documentation() -> impl Iterator<Item = (Kind, &'static str, &'static str)> {
        use strum::VariantArray;
        let shop = RefusalKind::VARIANTS.iter().map(|kind| {
            let (when, remedy) = kind.documentation();
            (kind.kind(), when, remedy)
        });
        function::Problem::documentation().chain(shop)
    }

    /// The resource does not exist, or is not the caller's.
    #[must_use]
    pub fn not_found() -> Self {
        function::Problem::NotFound.into()
    }

    /// Maps the error of creating a user.
    #[must_use]
    pub fn of_new_user(error: CreateError) -> Self {
        match error {
            CreateError::Exists => Refusal::UserExists.into(),
            CreateError::Taken => Refusal::EmailTaken.into(),
            CreateError::KeyReused => function::Problem::IdempotencyKeyReused.into(),
            CreateError::OutcomeDeleted => function::Problem::OutcomeDeleted.into(),
            CreateError::Database(error) => error.into(),
        }
    }

    /// Maps the error of changing a user.
    #[must_use]
    pub fn of_changed_user(error: ChangeError) -> Self {
        Self::of_change(error, Refusal::EmailTaken)
    }

    /// Maps the error of creating a product.
    #[must_use]
    pub fn of_new_product(error: CreateError) -> Self {
        match error {
            // The id is new, so no other product has it.
            CreateError::Exists => function::Problem::internal(error).into(),
            CreateError::Taken => Refusal::SkuTaken.into(),
            CreateError::KeyReused => function::Problem::IdempotencyKeyReused.into(),
            CreateError::OutcomeDeleted => function::Problem::OutcomeDeleted.into(),
            CreateError::Database(error) => error.into(),
        }
    }

    /// Maps the error of changing a product.
    #[must_use]
    pub fn of_changed_product(error: ChangeError) -> Self {
        Self::of_change(error, Refusal::SkuTaken)
    }

    fn of_change(error: ChangeError, taken: Refusal) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Moved => function::Problem::PreconditionFailed.into(),
            ChangeError::Taken => taken.into(),
            ChangeError::Database(error) => error.into(),
        }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        Self::Request(error.into())
    }
}

impl From<RemoveError> for Problem {
    fn from(error: RemoveError) -> Self {
        Self::Request(error.into())
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        Self::Request(error.into())
    }
}

impl From<StockError> for Problem {
    fn from(error: StockError) -> Self {
        match error {
            StockError::NotFound => Self::not_found(),
            StockError::OutOfRange { .. } => Refusal::StockOutOfRange(error).into(),
            StockError::KeyReused => function::Problem::IdempotencyKeyReused.into(),
            StockError::OutcomeDeleted => function::Problem::OutcomeDeleted.into(),
            StockError::Database(error) => error.into(),
        }
    }
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        let invalid = |errors| Self::Request(function::Problem::InvalidBody(errors));
        match error {
            PlaceError::Unknown(lines) => {
                let unknown = |line| {
                    let pointer = format!("/items/{line}/productId");
                    InvalidField::body(pointer, "the product does not exist")
                };
                invalid(lines.into_iter().map(unknown).collect())
            }
            PlaceError::Short(lines) => {
                let short = |Short { line, left }| {
                    let pointer = format!("/items/{line}/quantity");
                    InvalidField::body(pointer, format!("there are {} left", left.units()))
                };
                Refusal::OutOfStock(lines.into_iter().map(short).collect()).into()
            }
            PlaceError::Unplaceable(error) => invalid(vec![InvalidField::body("/items", error)]),
            PlaceError::KeyReused => function::Problem::IdempotencyKeyReused.into(),
            PlaceError::OutcomeDeleted => function::Problem::OutcomeDeleted.into(),
            PlaceError::Database(error) => error.into(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Self::not_found(),
            // A stock of a billion units is a fault in the data, not in the request.
            CancelError::Full => function::Problem::internal(error).into(),
            CancelError::Database(error) => error.into(),
        }
    }
}
