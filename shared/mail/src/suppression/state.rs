//! What is known of a mailbox.

/// What SES has said about a mailbox.
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
