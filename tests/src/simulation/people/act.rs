//! The last requests of acts.

use super::cast::Known;
use crate::{browser::Browser, event::Event};
use kernel::SessionId;

/// The last request of an act.
pub(super) struct Prepared {
    pub(super) event: Event,
    pub(super) act: Act,
}

/// An act of a person or a partner.
pub(super) enum Act {
    SignIn(Known, Browser),
    Link(Known),
    Unlink {
        account: String,
        provider: &'static str,
    },
    Refresh(SessionId),
    End(SessionId),
    /// The delivery of the message with this number.
    Notice(usize),
    Other,
}
