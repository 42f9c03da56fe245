//! Users.

use serde::Serialize;

use crate::{Email, Name, Time, UserId, Version, Versioned};

/// A user's profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The subject of the user's token.
    pub id: UserId,
    /// Where to write to them; no two users have the same.
    pub email: Email,
    /// What to call them.
    pub name: Name,
    /// When the profile was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// How often it has changed.
    #[serde(skip)]
    pub version: Version,
}

impl Versioned for User {
    fn version(&self) -> Version {
        self.version
    }
}

/// What a user says to make a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Where to write to them.
    pub email: Email,
    /// What to call them.
    pub name: Name,
}

impl NewUser {
    /// The profile of `id`, made at `now`. It may be the next one of somebody who left.
    #[must_use]
    pub fn signed_up(self, id: UserId, now: Time) -> User {
        let Self { email, name } = self;
        User {
            id,
            email,
            name,
            created_at: now,
            updated_at: now,
            version: Version::random(),
        }
    }
}

/// The fields of a profile that are to change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// The new address.
    pub email: Option<Email>,
    /// The new name.
    pub name: Option<Name>,
}
