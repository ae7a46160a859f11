//! The action for a mail, with its answers.

use crate::{
    judge::{
        automatic::Automatic,
        judgement::{Judgement, Strength},
    },
    mail::address::Address,
    words::{
        kind::RequestKind,
        subject::{Request, Wording},
    },
};
use kernel::AccountId;

/// The knowledge of the stores. The caller looks it up by the fields of the [`Judgement`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// All accounts of which exactly the From address is a verified address, of any identity. An address that nobody
    /// verified counts like an unknown one: it is not among them.
    pub accounts: Vec<KnownAccount>,
    /// Whether SES's id was seen before.
    pub is_seen: bool,
    /// Whether a signature of the mail was used before. With several signatures, the first that was used counts.
    pub signature: SignatureUse,
    /// Which mail of ours it answers, by the token or by In-Reply-To.
    pub reply: ReplyTo,
    /// Whether the Message-ID is that of a mail of ours.
    pub is_own_message: bool,
}

/// An account of the From address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its id.
    pub id: AccountId,
    /// Whether its deletion is scheduled.
    pub is_closing: bool,
}

/// The earlier uses of the signatures of a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignatureUse {
    /// None was used in the last 30 days.
    #[default]
    New,
    /// One was used for a request of the From address that is still open: the mail is a copy.
    OpenRequest,
    /// One was used otherwise, such as for a request that was canceled: the mail was sent again.
    Used,
}

/// Which mail of ours a mail answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReplyTo {
    /// None of ours.
    #[default]
    Nothing,
    /// A mail about this deletion request.
    Deletion(String),
    /// Another mail of ours.
    OtherMail,
}

/// The action for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The deletion of all these accounts is scheduled, with the grace.
    Schedule {
        /// The accounts, also those that are closing already.
        accounts: Vec<AccountId>,
    },
    /// A link that confirms the request goes to the address on file of each account.
    SendLink {
        /// The accounts.
        accounts: Vec<AccountId>,
        /// Whom to send an acknowledgement.
        acknowledge: Option<Address>,
    },
    /// The sender is told how to confirm by signing in.
    Acknowledge {
        /// The sender.
        to: Address,
    },
    /// The mail is on the operator's list, and its clock of 30 days runs. Nobody is answered.
    List,
    /// The mail asks to keep an account that is closing. It is on the operator's list the same day.
    ListToKeep {
        /// The accounts that are closing, to whose address on file the link that keeps them is sent again.
        accounts: Vec<AccountId>,
    },
    /// The mail becomes a case for an operator.
    OpenCase {
        /// The request in it.
        kind: RequestKind,
        /// Whom to acknowledge it, once.
        acknowledge: Option<Address>,
    },
    /// The mail joins a request, and starts none.
    Join {
        /// The code of the request.
        request: String,
    },
    /// The mail is a copy of one that was acted on. Nothing happens.
    Copy,
    /// A bounce, a receipt, a reaction or an automatic answer. Nothing happens.
    Ignore,
}

/// A mail that is sent because of one that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To the address on file of an account.
    OnFile(AccountId, Letter),
    /// To the sender of the mail, who may have no account. Such a letter says nothing about accounts.
    Sender(Address, Letter),
}

/// Which mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    /// The dates of the deletion, and the link that keeps the account.
    DeletionScheduled,
    /// The link that confirms the request.
    DeletionConfirm,
    /// How to confirm by signing in. It is the same whether or not an account exists.
    Acknowledgement,
    /// The number of a case, and when it is due.
    CaseReceived,
}

impl Action {
    /// The answers: each with its addressee and its letter.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let on_file = |accounts: &[AccountId], letter| {
            accounts.iter().map(|account| Answer::OnFile(*account, letter)).collect::<Vec<_>>()
        };
        let sender = |to: &Address, letter| Answer::Sender(to.clone(), letter);
        match self {
            Self::Schedule { accounts } | Self::ListToKeep { accounts } => on_file(accounts, Letter::DeletionScheduled),
            Self::SendLink { accounts, acknowledge } => {
                let acknowledgement = acknowledge.iter().map(|to| sender(to, Letter::Acknowledgement));
                on_file(accounts, Letter::DeletionConfirm).into_iter().chain(acknowledgement).collect()
            }
            Self::Acknowledge { to } => vec![sender(to, Letter::Acknowledgement)],
            Self::OpenCase { acknowledge, .. } => {
                acknowledge.iter().map(|to| sender(to, Letter::CaseReceived)).collect()
            }
            Self::List | Self::Join { .. } | Self::Copy | Self::Ignore => Vec::new(),
        }
    }
}

/// Decides what happens to a mail. The rules are those of the table in ARCHITECTURE.md.
#[must_use]
pub fn decide(judgement: &Judgement, known: &Known) -> Action {
    if known.is_seen {
        return Action::Copy;
    }
    if judgement.unreadable.is_some() {
        return Action::List;
    }
    let automatic = judgement.automatic.or(known.is_own_message.then_some(Automatic::Loop));
    if let Some(automatic) = automatic {
        return decide_automatic(judgement, automatic);
    }
    match (&known.reply, judgement.request) {
        (_, Request::Keep) if known.reply != ReplyTo::Nothing || !judgement.is_reply_to_all => keep(judgement, known),
        (ReplyTo::Deletion(request), _) => Action::Join { request: request.clone() },
        (ReplyTo::Nothing, Request::Delete(_) | Request::Keep) if judgement.is_reply_to_all => {
            open_case(judgement, RequestKind::General)
        }
        (_, Request::Delete(wording)) => delete(judgement, known, wording),
        (_, Request::Other(kind)) => open_case(judgement, kind),
        (_, Request::Keep) => keep(judgement, known),
    }
}

/// An automatic mail is never answered.
fn decide_automatic(judgement: &Judgement, automatic: Automatic) -> Action {
    let is_about_deletion = matches!(judgement.request, Request::Delete(_) | Request::Keep);
    match (automatic.can_ask(), is_about_deletion) {
        (false, _) => Action::Ignore,
        (true, true) if judgement.is_aligned() => Action::List,
        (true, false) if automatic != Automatic::Loop => {
            let Request::Other(kind) = judgement.request else { return Action::Ignore };
            Action::OpenCase { kind, acknowledge: None }
        }
        (true, _) => Action::Ignore,
    }
}

fn keep(judgement: &Judgement, known: &Known) -> Action {
    let closing: Vec<_> =
        known.accounts.iter().filter(|account| account.is_closing).map(|account| account.id).collect();
    match (judgement.is_aligned(), known.accounts.is_empty(), closing.is_empty()) {
        (true, false, true) => open_case(judgement, RequestKind::General),
        (true, false, false) => Action::ListToKeep { accounts: closing },
        // The account that is meant may have another address.
        _ => Action::List,
    }
}

fn delete(judgement: &Judgement, known: &Known, wording: Wording) -> Action {
    let Some(from) = judgement.from.clone().filter(|_| judgement.is_aligned() && wording == Wording::Exact) else {
        return Action::List;
    };
    let accounts: Vec<_> = known.accounts.iter().map(|account| account.id).collect();
    // A reply to a mail of ours is no request by itself, also if its token is not known any more.
    let is_reply = known.reply != ReplyTo::Nothing || judgement.reply_token.is_some();
    let is_alone = !is_reply && known.signature == SignatureUse::New;
    match judgement.strength {
        _ if accounts.is_empty() => Action::Acknowledge { to: from },
        _ if known.signature == SignatureUse::OpenRequest => Action::Copy,
        Strength::Strong if is_alone => Action::Schedule { accounts },
        Strength::Strong | Strength::Pass => Action::SendLink { accounts, acknowledge: Some(from) },
        Strength::Gray => Action::SendLink { accounts, acknowledge: None },
        Strength::Nothing => Action::List,
    }
}

fn open_case(judgement: &Judgement, kind: RequestKind) -> Action {
    Action::OpenCase { kind, acknowledge: judgement.from.clone().filter(|_| judgement.is_aligned()) }
}
