//! People at Facebook.

use crate::fakes::sign_in::page::{usual_address, usual_name};

/// A person at Facebook, and what they choose in the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacebookProfile {
    /// The name by which the fake knows the person.
    pub person: String,
    /// The name.
    pub name: String,
    /// The address; an account may have none.
    pub email: Option<String>,
    /// Whether the person lets us have the address.
    pub shares_email: bool,
    /// The address of the picture; `None` is a picture that the fake draws.
    pub picture: Option<String>,
}

impl FacebookProfile {
    /// A person with a name and an address, who shares both.
    #[must_use]
    pub fn new(person: &str) -> Self {
        Self {
            person: person.to_owned(),
            name: usual_name(person),
            email: Some(usual_address(person)),
            shares_email: true,
            picture: None,
        }
    }

    /// The same person, whose account has no address.
    #[must_use]
    pub fn without_email(self) -> Self {
        Self { email: None, ..self }
    }

    /// The same person, who keeps the address back.
    #[must_use]
    pub fn withholding_email(self) -> Self {
        Self { shares_email: false, ..self }
    }

    /// The same person under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The same person with another address.
    #[must_use]
    pub fn with_email(self, email: &str) -> Self {
        Self { email: Some(email.to_owned()), ..self }
    }

    /// The same person with this picture.
    #[must_use]
    pub fn with_picture(self, url: &str) -> Self {
        Self { picture: Some(url.to_owned()), ..self }
    }
}
