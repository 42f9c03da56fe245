//! Versions: the basis of `ETag` and of every conditional change.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The version of an entity. Each change adds 1.
///
/// What a client keeps of one version must hold of no other representation at the same address
/// (RFC 9110 section 8.8.1, strong validators), and no change may mistake one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct Version(u64);

/// The number is not a [`Version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a version: versions begin at 1")]
pub struct InvalidVersion;

impl Version {
    /// The version of an entity whose id was never used before.
    pub const FIRST: Self = Self(1);

    /// Returns the first version of an entity whose id may have been used before: one of 2⁵², so
    /// that no version of the new entity is a version of the old one. The time would not do: two
    /// entities with one id can be created in the same millisecond.
    #[must_use]
    pub fn random() -> Self {
        let random = Uuid::new_v4().as_u64_pair().0;
        Self((random >> 12) + 1)
    }

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl TryFrom<u64> for Version {
    type Error = InvalidVersion;

    fn try_from(number: u64) -> Result<Self, InvalidVersion> {
        if number == 0 {
            Err(InvalidVersion)
        } else {
            Ok(Self(number))
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An entity in one of its versions. Serde writes the entity alone: clients get the version as
/// `ETag`, and DynamoDB as an attribute of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Versioned<T> {
    pub entity: T,
    #[serde(skip)]
    pub version: Version,
}

impl<T> Versioned<T> {
    /// A new entity under an id that was never used before.
    #[must_use]
    pub fn first(entity: T) -> Self {
        Self {
            entity,
            version: Version::FIRST,
        }
    }
}

impl<T> Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entity
    }
}

/// The versions in which a change may find its entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Every version; the entity must exist.
    Any,
    /// One of these. An empty list allows no version.
    OneOf(Vec<Version>),
}

impl Expected {
    /// Whether a change may find its entity in this version.
    #[must_use]
    pub fn allows(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
