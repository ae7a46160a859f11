//! The recipient of a mail, by the knowledge of the moment at which it is sent.

use crate::{
    mailbox::Mailbox,
    row::{
        facts::Mail,
        key::MailTable,
        kind::{MailKind, Stream},
        mail_row::{DropReason, MailRow},
    },
    suppression::state::Suppression,
};
use std::fmt;

/// Where the address of a mail is read when the mail is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Addressee<'a> {
    /// In the profile of the account whose partition has the row.
    Account,
    /// In the case with this number.
    Case(&'a str),
    /// It is this one, which the row has.
    Row(&'a str),
    /// In the parameters of the deployment.
    Operator,
}

/// Without the address, so that no log gets it.
impl fmt::Debug for Addressee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "Account",
            Self::Case(_) => "Case",
            Self::Row(_) => "Row",
            Self::Operator => "Operator",
        })
    }
}

impl MailRow {
    /// Where the address of the mail is. `None` for a row that has none: it is over, or it lies in a table where such a
    /// mail has no owner.
    #[must_use]
    pub fn addressee(&self, table: MailTable) -> Option<Addressee<'_>> {
        let mail = self.facts.as_ref()?;
        match (mail, mail.case_of_recipient(), table) {
            (Mail::OperatorCase { .. }, ..) => Some(Addressee::Operator),
            (_, Some(number), _) => Some(Addressee::Case(number)),
            (_, None, MailTable::Accounts) => Some(Addressee::Account),
            (_, None, MailTable::DeletionReceipts) => self.address.as_deref().map(Addressee::Row),
            (_, None, MailTable::Cases) => None,
        }
    }
}

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

    use crate::row::mail_row::NewMail;
    use kernel::{MailId, Timestamp};

    fn row(mail: Mail, address: Option<&str>) -> MailRow {
        let id: MailId = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        let new = NewMail { partition: "p".to_owned(), id, mail, address: address.map(str::to_owned) };
        MailRow::new(&new, 0, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_address_of_a_mail_is_where_its_owner_is() {
        let (number, ada) = ("C-7Q4K-2M9D".to_owned(), Some("ada@example.com"));
        let answer = || row(Mail::CaseAnswer { number: number.clone(), reply: 0 }, None);
        let welcome = |address| row(Mail::Welcome { credits: 50 }, address);
        let operator =
            row(Mail::OperatorCase { number: number.clone(), about: "report".into(), due_at: Timestamp::MAX }, None);
        for table in MailTable::ALL {
            assert_eq!(answer().addressee(table), Some(Addressee::Case(&number)), "{table:?}");
            assert_eq!(operator.addressee(table), Some(Addressee::Operator), "{table:?}");
        }
        assert_eq!(welcome(None).addressee(MailTable::Accounts), Some(Addressee::Account));
        assert_eq!(welcome(None).addressee(MailTable::Cases), None);
        assert_eq!(welcome(None).addressee(MailTable::DeletionReceipts), None);
        let with_address = welcome(ada);
        let addressee = with_address.addressee(MailTable::DeletionReceipts);
        assert_eq!(addressee, Some(Addressee::Row("ada@example.com")));
        assert!(!format!("{addressee:?} {with_address:?}").contains("ada"), "an address is never printed");
        let over = with_address.dropped(DropReason::MailOff, Timestamp::UNIX_EPOCH);
        assert_eq!(over.addressee(MailTable::DeletionReceipts), None);
    }

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
