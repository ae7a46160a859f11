//! The facts of a letter that are stored nowhere else. No fact is an address, a name or a text of a person.

use crate::row::kind::MailKind;
use kernel::{GenerationId, Timestamp};
use serde::{Deserialize, Serialize};

/// One new feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Its title, one line.
    pub title: String,
    /// Its description, one paragraph.
    pub text: String,
}

/// Why a work was disabled (Art. 17 DSA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When the work was disabled.
    pub at: Timestamp,
    /// The facts on which the decision rests.
    pub reason: String,
    /// The law, or the part of the terms, that the work breaks.
    pub ground: String,
}

/// A mail: its kind, with the facts of that kind.
///
/// A `code` is the code of a deletion or of a request for one. A `number` is the number of a case. A `path` is the
/// path of a page of ours with its query, such as `/deletions/abc`; the slice that owns the page makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mail {
    /// A new account.
    Welcome {
        /// The credits that it starts with.
        credits: u64,
    },
    /// A sign-in from a device that the account did not know.
    NewDevice {
        /// The family of the device, such as `Firefox on Linux`.
        device: String,
        /// The name of the partner, such as `Google`.
        provider: String,
        /// When.
        at: Timestamp,
    },
    /// A way to sign in was added.
    IdentityLinked {
        /// The name of the partner, such as `Google`.
        provider: String,
        /// When.
        at: Timestamp,
    },
    /// A way to sign in was removed.
    IdentityRemoved {
        /// The name of the partner, such as `Google`.
        provider: String,
        /// When.
        at: Timestamp,
        /// Whether the partner removed it, and not the person.
        by_partner: bool,
    },
    /// A request for deletion came by mail.
    DeletionReceived {
        /// The code of the request.
        code: String,
        /// When it came.
        received_at: Timestamp,
        /// When everything is gone at the latest.
        due_at: Timestamp,
    },
    /// A request for deletion needs a confirmation.
    DeletionConfirm {
        /// The code of the request.
        code: String,
        /// When it came.
        received_at: Timestamp,
        /// The page that confirms.
        path: String,
        /// Until when the page confirms.
        until: Timestamp,
    },
    /// A deletion is scheduled.
    DeletionScheduled {
        /// The code of the deletion.
        code: String,
        /// When it was asked for.
        requested_at: Timestamp,
        /// When the erasure begins.
        purge_at: Timestamp,
        /// When everything is gone at the latest.
        due_at: Timestamp,
        /// The page that keeps the account.
        path: String,
    },
    /// A request for deletion still needs its confirmation.
    DeletionReminder {
        /// The code of the request.
        code: String,
        /// When it came.
        received_at: Timestamp,
        /// The page that confirms.
        path: String,
        /// Until when the page confirms.
        until: Timestamp,
    },
    /// A request for deletion got no confirmation.
    DeletionUnconfirmed {
        /// The code of the request.
        code: String,
        /// When it came.
        received_at: Timestamp,
        /// Until when an operator decides.
        due_at: Timestamp,
    },
    /// A deletion was canceled.
    DeletionCanceled {
        /// The code of the deletion.
        code: String,
        /// When it was canceled.
        at: Timestamp,
    },
    /// An account is erased.
    DeletionErased {
        /// The code, under which the receipt is shown.
        code: String,
        /// When the erasure was verified.
        at: Timestamp,
    },
    /// The privacy policy or the terms change.
    PolicyChanged {
        /// The name of the document, such as `privacy policy`.
        document: String,
        /// The page of the new version.
        path: String,
        /// The day on which it comes into force.
        effective_on: jiff::civil::Date,
        /// A summary of the changes, one paragraph.
        summary: String,
    },
    /// A generation is done.
    GenerationDone {
        /// The generation.
        generation: GenerationId,
        /// The name of its model.
        model: String,
        /// The pictures or videos that it made.
        outputs: u32,
    },
    /// Few credits are left.
    CreditsLow {
        /// The credits that can be spent.
        available: u64,
    },
    /// A message became a case.
    CaseReceived {
        /// The number of the case.
        number: String,
        /// When an answer is due. `None` where no time is promised.
        due_at: Option<Timestamp>,
    },
    /// An operator answered a case. The case has the text.
    CaseAnswer {
        /// The number of the case.
        number: String,
        /// The position of the reply in the case, from 0.
        reply: u32,
    },
    /// A case is closed. The case has the reason.
    CaseClosed {
        /// The number of the case.
        number: String,
        /// Why a work was disabled, if one was.
        statement: Option<Statement>,
    },
    /// A mail that asks for a deletion has arrived.
    Acknowledgement {
        /// When it came.
        received_at: Timestamp,
        /// When everything is gone at the latest, once the request is confirmed.
        due_at: Timestamp,
    },
    /// New features of the service.
    NewFeatures {
        /// The subject of the mail, one line.
        title: String,
        /// The features.
        features: Vec<Feature>,
    },
    /// A new case, for the operator.
    OperatorCase {
        /// The number of the case.
        number: String,
        /// The kind of the case, such as `report`.
        about: String,
        /// When an answer is due.
        due_at: Timestamp,
    },
}

impl Mail {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> MailKind {
        match self {
            Self::Welcome { .. } => MailKind::Welcome,
            Self::NewDevice { .. } => MailKind::NewDevice,
            Self::IdentityLinked { .. } => MailKind::IdentityLinked,
            Self::IdentityRemoved { .. } => MailKind::IdentityRemoved,
            Self::DeletionReceived { .. } => MailKind::DeletionReceived,
            Self::DeletionConfirm { .. } => MailKind::DeletionConfirm,
            Self::DeletionScheduled { .. } => MailKind::DeletionScheduled,
            Self::DeletionReminder { .. } => MailKind::DeletionReminder,
            Self::DeletionUnconfirmed { .. } => MailKind::DeletionUnconfirmed,
            Self::DeletionCanceled { .. } => MailKind::DeletionCanceled,
            Self::DeletionErased { .. } => MailKind::DeletionErased,
            Self::PolicyChanged { .. } => MailKind::PolicyChanged,
            Self::GenerationDone { .. } => MailKind::GenerationDone,
            Self::CreditsLow { .. } => MailKind::CreditsLow,
            Self::CaseReceived { .. } => MailKind::CaseReceived,
            Self::CaseAnswer { .. } => MailKind::CaseAnswer,
            Self::CaseClosed { .. } => MailKind::CaseClosed,
            Self::Acknowledgement { .. } => MailKind::Acknowledgement,
            Self::NewFeatures { .. } => MailKind::NewFeatures,
            Self::OperatorCase { .. } => MailKind::OperatorCase,
        }
    }

    /// The number of the case whose address gets the mail. `None` for mails that go to another address.
    #[must_use]
    pub fn case_of_recipient(&self) -> Option<&str> {
        match self {
            Self::CaseReceived { number, .. } | Self::CaseAnswer { number, .. } | Self::CaseClosed { number, .. } => {
                Some(number)
            }
            _ => None,
        }
    }

    /// The code of the deletion, or of the request for one, that the mail is about.
    #[must_use]
    pub fn deletion_code(&self) -> Option<&str> {
        match self {
            Self::DeletionReceived { code, .. }
            | Self::DeletionConfirm { code, .. }
            | Self::DeletionScheduled { code, .. }
            | Self::DeletionReminder { code, .. }
            | Self::DeletionUnconfirmed { code, .. }
            | Self::DeletionCanceled { code, .. }
            | Self::DeletionErased { code, .. } => Some(code),
            _ => None,
        }
    }
}
