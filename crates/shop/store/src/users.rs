//! Users in DynamoDB.

use domain::{NewUser, User, UserChanges, UserId};
use dynamodb::{
    ChangeError, Claim, CreateError, Database, DatabaseError, Key, List, ListError, Page,
    PageRequest, RemoveError, Schema, Table,
};
use record::{Expected, Once, Time, Versioned};

/// The users, in the table `users`; their e-mail addresses in `reservations`.
#[derive(Clone, Debug)]
pub struct Users(Table<Self>);

impl Schema for Users {
    type Entity = User;

    const TABLE: &'static str = "users";
    const UNIQUE: Option<&'static str> = Some("email");
    const UPDATED_AT: Option<&'static str> = Some("updatedAt");
    const PERSONAL: bool = true;

    fn unique_value(user: &User) -> String {
        user.email.key()
    }
}

fn key(id: &UserId) -> Key {
    Key::new("id", id)
}

impl Users {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Table::new(database))
    }

    /// Creates the profile of `id`.
    ///
    /// # Errors
    ///
    /// [`CreateError::Exists`] when the user has a profile, [`CreateError::Taken`] when another user
    /// has the address, [`CreateError::KeyReused`], [`CreateError::OutcomeDeleted`].
    pub async fn create(
        &self,
        id: UserId,
        new: NewUser,
        claim: Option<Claim>,
    ) -> Result<Once<User>, CreateError> {
        let key = key(&id);
        let user = new.signed_up(id, Time::now());
        self.0.create(&key, user, claim.as_ref()).await
    }

    /// Returns the profile of `id`, strongly consistent.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find(&self, id: &UserId) -> Result<Option<Versioned<User>>, DatabaseError> {
        self.0.find(&key(id)).await
    }

    /// Returns a page of all users, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<User>>, ListError> {
        let list = List::all().sorted_by::<UserId>("id");
        self.0.page(&list, page).await
    }

    /// Changes fields of a profile, all or none. A changed address moves its reservation.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NotFound`], [`ChangeError::Moved`] when it is not in an expected version,
    /// [`ChangeError::Taken`] when another user has the address.
    pub async fn change(
        &self,
        id: &UserId,
        expected: &Expected,
        changes: &UserChanges,
    ) -> Result<Versioned<User>, ChangeError> {
        self.0.change(&key(id), expected, changes).await
    }

    /// Deletes a profile, also from the receipt of its creation, and releases its address.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`] when it is not in an expected version.
    pub async fn remove(&self, id: &UserId, expected: &Expected) -> Result<(), RemoveError> {
        self.0.remove(&key(id), expected).await
    }
}
