//! Users.

use deserr::Deserr;
use record::{Change, Time, Version, Versioned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Email, Name, UserId};

/// A user's profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The subject of the user's token.
    pub id: UserId,
    /// Unique among all users.
    pub email: Email,
    #[schemars(extend("examples" = ["Ada Lovelace"]))]
    pub name: Name,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Input for creating a profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct NewUser {
    pub email: Email,
    #[schemars(extend("examples" = ["Ada Lovelace"]))]
    pub name: Name,
}

impl NewUser {
    /// Returns the profile of `id`, created at `now`. The same user may have had one before, so its
    /// first version is random.
    #[must_use]
    pub fn signed_up(self, id: UserId, now: Time) -> Versioned<User> {
        let Self { email, name } = self;
        let entity = User {
            id,
            email,
            name,
            created_at: now,
            updated_at: now,
        };
        Versioned {
            entity,
            version: Version::random(),
        }
    }
}

/// A merge patch of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(default, deny_unknown_fields)]
pub struct UserChanges {
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub email: Change<Email>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schemars(extend("examples" = ["Ada Lovelace"]))]
    pub name: Change<Name>,
}
