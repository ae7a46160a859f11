//! Who may get a mail, by what is known when it is sent.

use crate::{
    mailbox::Mailbox,
    row::{
        kind::{MailKind, Stream},
        mail_row::DropReason,
    },
    suppression::state::Suppression,
};
use std::fmt;

/// The recipient of a mail, as the stores know it when the mail is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The account or the case does not exist any more.
    Gone,
    /// The person of an account.
    Account {
        /// The address of the profile.
        address: Option<&'a str>,
        /// Whether the partner has verified the address. An address that nobody has verified may be another person's.
        is_verified: bool,
        /// Whether the address is a private relay that takes no mail.
        is_relay_off: bool,
        /// Whether the person wants mails about the topic of the mail ([`MailKind::topic`]).
        wants: bool,
    },
    /// The address of a case, of a row in `DeletionReceipts`, or of the operator.
    Address(&'a str),
}

/// Without the address, so that no log gets it.
impl fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "Gone",
            Self::Account { .. } => "Account",
            Self::Address(_) => "Address",
        })
    }
}

/// Whether a mail may be sent, given what is known of its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Send it.
    Send,
    /// Send it, and tell the operator that it may not arrive: the mailbox bounced, and the mail is about a scheduled
    /// deletion.
    SendAndTellOperator,
    /// Drop it.
    Drop(DropReason),
}

impl Recipient<'_> {
    /// The mailbox that gets a mail of this kind.
    ///
    /// # Errors
    /// The reason to drop the mail.
    pub fn mailbox(&self, kind: MailKind) -> Result<Mailbox, DropReason> {
        let address = match *self {
            Self::Gone => return Err(DropReason::RecipientGone),
            Self::Account { wants: false, .. } if kind.topic().is_some() => return Err(DropReason::NotWanted),
            Self::Account { is_relay_off: true, .. } => return Err(DropReason::RelayOff),
            Self::Account { is_verified: false, .. } => return Err(DropReason::NoAddress),
            Self::Account { address, .. } => address,
            Self::Address(address) => Some(address),
        };
        address.and_then(Mailbox::parse).ok_or(DropReason::NoAddress)
    }
}

/// Decides whether a mail of this kind may go to a mailbox.
#[must_use]
pub fn admit(kind: MailKind, suppression: Suppression) -> Admission {
    match (suppression, kind.stream()) {
        (Suppression { bounced: true, .. }, _) if kind.is_about_scheduled_deletion() => Admission::SendAndTellOperator,
        (Suppression { bounced: true, .. }, _) => Admission::Drop(DropReason::Bounced),
        (Suppression { complained: true, .. }, Stream::Product) => Admission::Drop(DropReason::Complained),
        _ => Admission::Send,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Recipient<'static> =
        Recipient::Account { address: Some("ada@example.com"), is_verified: true, is_relay_off: false, wants: false };

    fn refused(recipient: Recipient<'_>, kind: MailKind) -> DropReason {
        recipient.mailbox(kind).expect_err("the mail must be dropped")
    }

    #[test]
    fn a_mail_goes_to_a_verified_address_alone() {
        let account =
            |address, is_verified, is_relay_off| Recipient::Account { address, is_verified, is_relay_off, wants: true };
        let (ada, kind) = (Some("ada@example.com"), MailKind::Welcome);
        assert_eq!(PERSON.mailbox(kind).unwrap().as_str(), "ada@example.com");
        assert_eq!(refused(account(ada, false, false), kind), DropReason::NoAddress);
        assert_eq!(refused(account(None, true, false), kind), DropReason::NoAddress);
        assert_eq!(refused(account(Some("ada"), true, false), kind), DropReason::NoAddress);
        assert_eq!(refused(account(ada, true, true), kind), DropReason::RelayOff);
        assert_eq!(refused(Recipient::Gone, kind), DropReason::RecipientGone);
        assert_eq!(refused(Recipient::Address("two@example.com, three@example.com"), kind), DropReason::NoAddress);
        assert!(!format!("{PERSON:?}").contains("ada"), "an address is never printed");
    }

    #[test]
    fn product_mail_needs_a_preference_and_other_mail_none() {
        for kind in MailKind::ALL {
            match kind.stream() {
                Stream::Product => assert_eq!(refused(PERSON, kind), DropReason::NotWanted, "{kind}"),
                Stream::Transactional => assert!(PERSON.mailbox(kind).is_ok(), "{kind}"),
            }
        }
    }

    #[test]
    fn a_bounce_ends_all_mail_but_that_about_a_scheduled_deletion_and_a_complaint_ends_product_mail() {
        for kind in MailKind::ALL {
            assert_eq!(admit(kind, Suppression::default()), Admission::Send, "{kind}");
            let bounced = admit(kind, Suppression { bounced: true, complained: true });
            let about_deletion =
                [MailKind::DeletionScheduled, MailKind::DeletionCanceled, MailKind::DeletionErased].contains(&kind);
            let wanted =
                if about_deletion { Admission::SendAndTellOperator } else { Admission::Drop(DropReason::Bounced) };
            assert_eq!(bounced, wanted, "{kind}");
            let product = [MailKind::NewFeatures, MailKind::GenerationDone, MailKind::CreditsLow].contains(&kind);
            let wanted = if product { Admission::Drop(DropReason::Complained) } else { Admission::Send };
            assert_eq!(admit(kind, Suppression { bounced: false, complained: true }), wanted, "{kind}");
        }
    }
}
