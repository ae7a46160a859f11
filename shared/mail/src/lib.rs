//! Mail that we send.
//!
//! - A [`NewMail`] becomes a [`MailRow`] in the transaction that causes it ([`MailStore::mail_change`]). So no mail
//!   is sent for something that did not happen, and none is forgotten.
//! - [`MailStore`] moves a row from `waiting` over `sending` to `sent` or `dropped`. The rules are pure and stand in
//!   `row`. SES takes no idempotency token, so a send with an unknown outcome waits for SES's Send event.
//! - [`compose`] writes a letter, as text and as HTML. It takes no address from a row of an account: the address is
//!   read from the profile when the mail is sent.
//! - [`SuppressionList`] remembers addresses that bounced or complained, as keyed hashes.
//! - [`MailKeys`] makes and checks the tokens in links and reply addresses.
//!
//! [`AccountMails`] exports and erases the mails of an account.

mod letters;
mod mailbox;
mod row;
mod store;
mod suppression;
mod tokens;

pub use letters::{
    compose::{Outgoing, compose},
    letter::Letter,
    sender::Sender,
    words::letter,
};
pub use mailbox::Mailbox;
pub use row::{
    admission::{Addressee, Admission, Recipient, admit},
    facts::{Feature, Mail, Statement},
    key::{MailKey, MailTable},
    kind::{MailKind, Stream, Topic},
    mail_row::{DropReason, MailRow, MailState, NewMail},
    sending::{Answer, Due, EVENT_WAIT, GIVE_UP_AFTER, REPEATS_MAX, SentStep, WAKE_LOST_AFTER},
};
pub use store::{
    mail_store::{Begun, MAIL_SHARDS, MailStore, Recorded},
    personal::AccountMails,
};
pub use suppression::{
    list::SuppressionList,
    state::{Feedback, Suppression},
};
pub use tokens::{keys::MailKeys, reply::ReplySubject, unsubscribe::Unsubscribe};
