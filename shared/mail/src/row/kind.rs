//! The kinds of mails, and the streams that they belong to.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A stream of mails. Each has its own rules for doubt, and for the wishes of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Mails that a person needs to know what happens to their account. They need no preference. After an unknown
    /// outcome they are sent again.
    Transactional,
    /// Mails that a person has asked for. Each needs its preference and has an unsubscribe link. A complaint ends
    /// them. After an unknown outcome they are dropped.
    Product,
}

/// The subject of a product mail, for which a person has a preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// News about the service.
    News,
    /// A generation is done.
    Generations,
    /// Few credits are left.
    Credits,
}

/// The kind of a mail. The words are those of the stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// A new account.
    Welcome,
    /// A sign-in from a device that the account did not know.
    NewDevice,
    /// A way to sign in was added.
    IdentityLinked,
    /// A way to sign in was removed.
    IdentityRemoved,
    /// A request for deletion came by mail.
    DeletionReceived,
    /// A request for deletion needs a confirmation.
    DeletionConfirm,
    /// A deletion is scheduled. The mail has a link that keeps the account.
    DeletionScheduled,
    /// A request for deletion still needs its confirmation.
    DeletionReminder,
    /// A request for deletion got no confirmation.
    DeletionUnconfirmed,
    /// A deletion was canceled.
    DeletionCanceled,
    /// An account is erased.
    DeletionErased,
    /// The privacy policy or the terms change.
    PolicyChanged,
    /// A generation is done.
    GenerationDone,
    /// Few credits are left.
    CreditsLow,
    /// A message became a case.
    CaseReceived,
    /// An operator answered a case.
    CaseAnswer,
    /// A case is closed.
    CaseClosed,
    /// A mail that asks for a deletion has arrived. The same whether or not there is an account.
    Acknowledgement,
    /// New features of the service.
    NewFeatures,
    /// A new case, for the operator. Without the text of the case.
    OperatorCase,
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 20] = [
        Self::Welcome,
        Self::NewDevice,
        Self::IdentityLinked,
        Self::IdentityRemoved,
        Self::DeletionReceived,
        Self::DeletionConfirm,
        Self::DeletionScheduled,
        Self::DeletionReminder,
        Self::DeletionUnconfirmed,
        Self::DeletionCanceled,
        Self::DeletionErased,
        Self::PolicyChanged,
        Self::GenerationDone,
        Self::CreditsLow,
        Self::CaseReceived,
        Self::CaseAnswer,
        Self::CaseClosed,
        Self::Acknowledgement,
        Self::NewFeatures,
        Self::OperatorCase,
    ];

    /// The word of the stored form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::NewDevice => "new_device",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityRemoved => "identity_removed",
            Self::DeletionReceived => "deletion_received",
            Self::DeletionConfirm => "deletion_confirm",
            Self::DeletionScheduled => "deletion_scheduled",
            Self::DeletionReminder => "deletion_reminder",
            Self::DeletionUnconfirmed => "deletion_unconfirmed",
            Self::DeletionCanceled => "deletion_canceled",
            Self::DeletionErased => "deletion_erased",
            Self::PolicyChanged => "policy_changed",
            Self::GenerationDone => "generation_done",
            Self::CreditsLow => "credits_low",
            Self::CaseReceived => "case_received",
            Self::CaseAnswer => "case_answer",
            Self::CaseClosed => "case_closed",
            Self::Acknowledgement => "acknowledgement",
            Self::NewFeatures => "new_features",
            Self::OperatorCase => "operator_case",
        }
    }

    /// The subject whose preference the mail needs. `None` for transactional mails.
    #[must_use]
    pub fn topic(self) -> Option<Topic> {
        match self {
            Self::NewFeatures => Some(Topic::News),
            Self::GenerationDone => Some(Topic::Generations),
            Self::CreditsLow => Some(Topic::Credits),
            _ => None,
        }
    }

    /// The stream of the mail.
    #[must_use]
    pub fn stream(self) -> Stream {
        if self.topic().is_some() { Stream::Product } else { Stream::Transactional }
    }

    /// Whether the mail is about a deletion that is scheduled. The operator is told when such a mail may not reach
    /// the person.
    #[must_use]
    pub fn is_about_scheduled_deletion(self) -> bool {
        matches!(self, Self::DeletionScheduled | Self::DeletionCanceled | Self::DeletionErased)
    }

    /// Whether the mail answers a mail of the person at once, without a human (RFC 3834, section 5).
    #[must_use]
    pub fn is_automatic_reply(self) -> bool {
        self == Self::Acknowledgement
    }
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
