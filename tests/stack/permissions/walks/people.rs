//! The people of the walks, and the result of a walk.

use crate::{
    permissions::quiet::Quiet,
    person::{Person, unique},
};

/// The result of a walk. The error is for people to read.
pub type Walked = Result<(), String>;

/// The name of a new person.
pub fn somebody() -> String {
    format!("canary-{}@people.example", unique())
}

/// A new person who has signed in.
pub async fn newcomer(quiet: &Quiet) -> Result<Person, String> {
    Person::sign_in(quiet.base(), &somebody()).await
}
