//! Cases: messages to support, and reports of unlawful content.
//!
//! - A [`NewCase`] is a valid message. [`Case`] has the rules: when an answer is due, and how an
//!   operator replies and closes. They are pure.
//! - [`Receive`] stores one case for a message, however often the message comes.
//! - [`CloseCase`] closes a case. An objection that is granted takes effect first.
//!
//! A case of a person who is signed in is erased with the account. A case of another person
//! belongs to no account, and ends 90 days after it is closed.

mod address;
mod case;
mod keys;
mod kind;
mod message;
mod number;
mod personal;
mod store;
mod workflows;

pub use address::ReplyAddress;
pub use case::{Case, CaseStep, CaseView, Closing, Grant, Reply};
pub use kind::{CaseKind, CaseState};
pub use message::{CaseText, NewCase, ReportSubject, RequestKey};
pub use number::CaseNumber;
pub use store::{CaseStore, CaseSummary};
pub use workflows::{CaseClosed, CloseCase, Receive};
