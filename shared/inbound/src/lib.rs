//! Mail that comes to support: reading it within bounds, judging it, and deciding what happens.
//!
//! Everything here is pure: no I/O, no async, no clock. [`read`] reads a stored mail, [`judge()`] says what it asks for and how
//! surely it comes from its From address, and [`decide()`] says, with what the stores know, what happens and who is answered.
//! The rules and their reasons are in ARCHITECTURE.md, and each is a row of `tests/mails.toml`.

mod decide;
mod judge;
mod limits;
mod mail;
mod words;

pub use decide::{Action, Answer, Known, KnownAccount, Letter, ReplyTo, SignatureUse, decide};
pub use judge::{
    automatic::Automatic,
    judgement::{Judgement, Reason, Strength},
    receipt::{Ours, Receipt, Verdict},
    rules::judge,
};
pub use limits::Limits;
pub use mail::{
    address::{Address, AddressFault},
    message::{Mail, read},
    unreadable::Unreadable,
};
pub use words::{
    kind::RequestKind,
    subject::{Request, Wording},
};
