//! Users in DynamoDB.

use domain::{Expected, NewUser, Time, User, UserChanges, UserId, Version};

use crate::{
    ChangeError, CreateError, Database, DatabaseError, ListError, Once, Page, PageRequest,
    Receipting, Receipts, RemoveError,
    attributes::{Attributes, Reader, number, text},
    collection::{Collection, Record},
    expression::Changes,
};

/// The users, in the table `users`; their e-mail addresses in `reservations`.
#[derive(Clone, Debug)]
pub struct Users(Collection<User>);

impl Users {
    /// The users of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Collection::new(database))
    }

    /// What requests for users have been answered with.
    #[must_use]
    pub fn receipts(&self) -> Receipts {
        Receipts::new(self.0.database.clone())
    }

    /// Makes the profile of `id`.
    ///
    /// # Errors
    ///
    /// [`CreateError::Exists`] when there is a profile, [`CreateError::Taken`] when another user has
    /// the address.
    pub async fn create(
        &self,
        id: UserId,
        new: NewUser,
        receipt: Receipting<'_, User>,
    ) -> Result<Once<User>, CreateError> {
        self.0.create(new.signed_up(id, Time::now()), receipt).await
    }

    /// The profile of `id`, as of this moment.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when it cannot be read.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>, DatabaseError> {
        self.0.find(id.as_str()).await
    }

    /// A page of all users, in an order of the table's own.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor is not of this list.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<User>, ListError> {
        self.0.page(page).await
    }

    /// Changes fields of a profile, all or none; a changed address moves its reservation.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NotFound`], [`ChangeError::Moved`] when it is not in an expected version,
    /// [`ChangeError::Taken`] when another user has the address.
    pub async fn change(
        &self,
        id: &UserId,
        expected: &Expected,
        changes: UserChanges,
    ) -> Result<User, ChangeError> {
        let UserChanges { email, name } = changes;
        let mut attributes = Changes {
            reservation: email.as_ref().map(|email| reservation(&email.key())),
            ..Changes::default()
        };
        attributes
            .set
            .extend(email.map(|email| ("email", text(email))));
        attributes.set.extend(name.map(|name| ("name", text(name))));
        self.0.change(id.as_str(), expected, attributes).await
    }

    /// Deletes a profile and releases its address.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`] when it is not in an expected version.
    pub async fn remove(&self, id: &UserId, expected: &Expected) -> Result<(), RemoveError> {
        self.0.remove(id.as_str(), expected).await
    }
}

fn reservation(email_key: &str) -> String {
    format!("email#{email_key}")
}

impl Record for User {
    const TABLE: &'static str = "users";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> Version {
        self.version
    }

    fn reservation(&self) -> String {
        reservation(&self.email.key())
    }

    fn write(&self) -> Attributes {
        [
            ("id", text(&self.id)),
            ("email", text(&self.email)),
            ("name", text(&self.name)),
            ("createdAt", text(self.created_at)),
            ("updatedAt", text(self.updated_at)),
            ("version", number(self.version)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn read(item: &Reader<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: item.text("id")?,
            email: item.text("email")?,
            name: item.text("name")?,
            created_at: item.text("createdAt")?,
            updated_at: item.text("updatedAt")?,
            version: item.integer::<u64, _>("version")?,
        })
    }
}
