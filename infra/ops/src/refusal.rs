//! The refusal of a command: a stable code, and a sentence that names the thing and says what to do.

use cases::CaseNumber;
use kernel::{AccountId, Error, GenerationId};
use serde_json::{Value, json};

/// The advice for a change whose outcome is unknown.
pub(crate) const UNKNOWN: &str =
    "It is unknown whether it was done. Run it again: the same change again changes nothing.";

/// A command that was refused, or whose outcome is unknown.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: &'static str,
    detail: String,
}

impl Refusal {
    /// A refusal with the code of `error` and a sentence of its own.
    pub(crate) fn new(error: &Error, detail: impl Into<String>) -> Self {
        Self { code: error.code(), detail: detail.into() }
    }

    /// The stored state does not allow the change.
    pub(crate) fn wrong_state(detail: impl Into<String>) -> Self {
        Self::new(&Error::WrongState { detail: "" }, detail)
    }

    /// Something does not exist.
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Self::new(&Error::NotFound, detail)
    }

    /// The refusal of an error. `missing` says what does not exist, if that is the error.
    pub(crate) fn of(error: Error, missing: impl FnOnce() -> Self) -> Self {
        match error {
            Error::NotFound => missing(),
            error => error.into(),
        }
    }

    /// The account does not exist.
    pub(crate) fn no_account(account: AccountId) -> Self {
        Self::missing(format!(
            "No account has the id {account}. `cargo ops account EMAIL` finds the id of a mail address."
        ))
    }

    /// The account has no such generation.
    pub(crate) fn no_work(account: AccountId, generation: GenerationId) -> Self {
        Self::missing(format!(
            "The account {account} has no generation {generation}, or it was deleted. \
             `cargo ops work {generation}` finds the account of a work."
        ))
    }

    /// The case does not exist.
    pub(crate) fn no_case(number: &CaseNumber) -> Self {
        Self::missing(format!("No case {number}: `cargo ops cases --all` lists them."))
    }

    /// The sentence for the operator.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether a change that ended so may have been made all the same: the answer of AWS was lost, or a
    /// fault came after a write.
    pub(crate) fn is_unknown(&self) -> bool {
        ["unavailable", "internal"].contains(&self.code)
    }

    /// The unknown outcome of a change, as JSON.
    pub(crate) fn unknown_json(&self) -> Value {
        json!({ "done": null, "code": self.code, "detail": format!("{} {UNKNOWN}", self.detail) })
    }

    /// The refusal, as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({ "done": false, "code": self.code, "detail": self.detail })
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new(&error, sentence(&error))
    }
}

/// An error for a person. An operator needs the cause of a fault, which a client never sees. It has
/// no personal data.
pub(crate) fn sentence(error: &Error) -> String {
    match error.cause() {
        Some(cause) => format!("{error} The cause: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_code_and_names_what_is_missing() {
        let account: AccountId = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        let refusal = Refusal::of(Error::NotFound, || Refusal::no_account(account));
        assert_eq!(refusal.json()["code"], "not_found");
        assert!(refusal.detail().starts_with("No account has the id 01929e6b"), "{refusal:?}");
        let refusal = Refusal::of(Error::AccountNotActive, || Refusal::no_account(account));
        assert_eq!(refusal.json()["code"], "account_not_active");
        let refusal: Refusal = Error::internal("the table is missing").into();
        assert!(refusal.detail().ends_with("The cause: the table is missing"), "{refusal:?}");
        assert!(refusal.is_unknown() && refusal.unknown_json()["done"].is_null(), "{refusal:?}");
        assert!(!Refusal::wrong_state("It is not frozen.").is_unknown());
    }
}
