//! The sender of our mails: the parameters of the deployment.

use crate::mailbox::Mailbox;

/// The sender of our mails, with the fields of every footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The From header, such as `Cinemaxsai <hello@example.com>`. Empty where a deployment sends no mail: then rows are
    /// dropped as `mail_off`.
    pub from: String,
    /// The mailbox of support. Replies go there, and footers name it.
    pub support: Mailbox,
    /// The mailbox of the operator, for mails about new cases.
    pub operator: Mailbox,
    /// The origin of the pages, such as `https://example.com`, without a slash at its end.
    pub origin: String,
    /// The name of the operator: the person or the company.
    pub name: String,
    /// The postal address of the operator, in one line.
    pub postal_address: String,
}

impl Sender {
    /// Whether this deployment sends mail.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.from.is_empty()
    }

    /// The URL of a page of ours.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The mailbox of support for replies that carry a token.
    pub(crate) fn reply_address(&self, token: &str) -> String {
        format!("{}+{token}@{}", self.support.local(), self.support.domain())
    }

    /// The links that end a stream.
    pub(crate) fn unsubscribe(&self, token: &str) -> UnsubscribeLinks {
        UnsubscribeLinks {
            page: self.url(&format!("/unsubscribe?token={token}")),
            one_click: self.url(&format!("/v1/unsubscribe?token={token}")),
            mail: format!("mailto:{}?subject=unsubscribe%20{token}", self.support.as_str()),
        }
    }
}

/// The links that end a stream. None of them acts when a mail program or a scanner only opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsubscribeLinks {
    /// The page with a button, for the footer.
    pub(crate) page: String,
    /// The route for one click (RFC 8058): it takes a POST alone.
    pub(crate) one_click: String,
    /// The mail that asks the same.
    pub(crate) mail: String,
}
