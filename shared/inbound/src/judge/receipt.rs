//! The facts beside the mail: the event of SES, and our own addresses.

use crate::mail::address::Address;
use kernel::Timestamp;
use std::fmt;

/// A verdict of SES (<https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// `PASS`
    Pass,
    /// `FAIL`
    Fail,
    /// `GRAY`: for DMARC, the domain has no policy; for SPF and DKIM, there is nothing that could pass.
    Gray,
    /// `PROCESSING_FAILED`
    ProcessingFailed,
    /// `DISABLED`, a verdict that the event lacks, or one that is not known.
    Missing,
}

impl Verdict {
    /// The verdict of the text in the event.
    #[must_use]
    pub fn parse(status: &str) -> Self {
        match status {
            "PASS" => Self::Pass,
            "FAIL" => Self::Fail,
            "GRAY" => Self::Gray,
            "PROCESSING_FAILED" => Self::ProcessingFailed,
            _ => Self::Missing,
        }
    }
}

/// The receipt of a mail, from the event of SES. Only verdicts and the envelope are taken from the event, because it cuts
/// headers; everything else is read from the stored mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id that SES gave the mail. Copies of one delivery have the same.
    pub ses_id: String,
    /// When SES received the mail. Date must be near it, however late the mail is judged.
    pub received_at: Timestamp,
    /// The envelope sender, as in the event. A null sender is empty or `<>`.
    pub mail_from: String,
    /// The envelope recipients.
    pub recipients: Vec<String>,
    /// SPF of the envelope sender.
    pub spf: Verdict,
    /// Whether a DKIM signature verifies. Which one, the event does not say.
    pub dkim: Verdict,
    /// DMARC of the From domain.
    pub dmarc: Verdict,
    /// Spam. It is for operators to see, and decides nothing.
    pub spam: Verdict,
    /// Malware. It is for operators to see, and decides nothing.
    pub virus: Verdict,
}

impl Receipt {
    /// Whether the envelope sender is null, as in bounces.
    #[must_use]
    pub fn is_null_sender(&self) -> bool {
        ["", "<>"].contains(&self.mail_from.trim())
    }

    /// The envelope sender. `None` if it is null or no address.
    #[must_use]
    pub fn sender(&self) -> Option<Address> {
        let text = self.mail_from.trim();
        Address::parse(text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text))
    }
}

impl fmt::Debug for Receipt {
    /// Prints the verdicts alone. An address is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { spf, dkim, dmarc, spam, virus, .. } = self;
        write!(f, "Receipt(spf {spf:?}, dkim {dkim:?}, dmarc {dmarc:?}, spam {spam:?}, virus {virus:?})")
    }
}

/// Our own addresses, tokens and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// The address of support. With `+token` after its local part it is the address for replies to a request. Addresses
    /// are compared in lower case, so a token must not depend on capitals.
    pub support: Address,
    /// The domains that our mails come from, as A-labels. A mail of one of them is a mail of ours that came back.
    pub domains: Vec<String>,
    /// The footers of our mails, which people quote without marking them as quotations.
    pub footers: Vec<String>,
}

impl Ours {
    /// Whether an address is that of support, with or without a token.
    pub(crate) fn is_support(&self, address: &Address) -> bool {
        *address == self.support || address.tag_of(&self.support).is_some()
    }

    /// Whether a domain is one of ours, or below one.
    pub(crate) fn is_domain(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        self.domains.iter().any(|ours| domain == *ours || domain.ends_with(&format!(".{ours}")))
    }
}
