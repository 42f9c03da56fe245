//! How often a thing has changed.

use std::fmt;

use uuid::Uuid;

/// The version of a thing: one more with each change.
///
/// What a client keeps of one version must hold of no other representation at the same address
/// (RFC 9110 section 8.8.1, strong validators), and no change may mistake one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u64);

/// A number that is no [`Version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a version: versions begin at 1")]
pub struct InvalidVersion;

impl Version {
    /// Of what has just been made under an id that nothing had before.
    pub const FIRST: Self = Self(1);

    /// Of what is made under an id that something may have had before: any of 2⁵², so that no
    /// version of the one is a version of the other. A clock would not do: who signs up twice at
    /// once is written twice with the same time, if they leave in between.
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

/// A thing that has a version.
pub trait Versioned {
    /// Its version.
    fn version(&self) -> Version;
}

/// What a change expects of the thing it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// That it is there.
    Any,
    /// That it is there in one of these versions. None of them means that nothing will do.
    OneOf(Vec<Version>),
}

impl Expected {
    /// Whether a thing in this version is what is expected.
    #[must_use]
    pub fn allows(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
