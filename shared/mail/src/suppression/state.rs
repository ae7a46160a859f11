//! The knowledge about a mailbox.

/// The events of SES about a mailbox, in sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Suppression {
    /// A mail bounced for good.
    pub bounced: bool,
    /// The person complained about a mail.
    pub complained: bool,
}

/// An event of SES about a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// A mail bounced for good. A transient bounce is none.
    Bounced,
    /// The person complained about a mail.
    Complained,
}
