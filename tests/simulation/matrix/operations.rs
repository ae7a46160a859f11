//! The operations of the crash matrix.

use super::attempts::Attempt;

/// An operation: a request, a message or a sweep in a given state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Generate,
    Run,
    Webhook,
    Collect,
    CollectUnusable,
    CollectFewer,
    SweepQueued,
    SweepSubmitting,
    SweepRunning,
    SweepCollecting,
    SweepOverdue,
    SweepCanceling,
    CancelQueued,
    CancelSubmitting,
    CancelRunning,
    DeleteGeneration,
    MakeThumbnails,
    MakeThumbnailsOfDeleted,
    SweepThumbnails,
    DeleteOwingThumbnails,
    StripeWebhook,
    Upload,
    GenerateWithInput,
    RunWithInput,
    RunAtFal,
    RunAtBfl,
    CollectFromFal,
    CollectFromBfl,
    CollectLongFilm,
    CollectCanceledAtAPrice,
    SweepDeleted,
    DeleteWithUndo,
    UndoDeletion,
    UndoOwingThumbnails,
    SweepUndoable,
    Contact,
    ReportByAStranger,
    SignUpAtGoogle,
    SignUpAtApple,
    SignUpAtFacebook,
    SignInAgainAtApple,
    LinkApple,
    LinkFacebook,
    UnlinkApple,
    UnlinkFacebook,
    RefreshSession,
    SessionsRevoked,
    MailDisabled,
    MailEnabled,
    ConsentRevoked,
    AccountDeleted,
    /// The identity is the only one of the account.
    LastAccountDeleted,
    Deauthorised,
    DataDeletion,
}

impl Operation {
    /// Whether it collects a job that the provider has ended.
    pub(super) fn is_collection(self) -> bool {
        matches!(
            self,
            Self::Collect
                | Self::CollectUnusable
                | Self::CollectFewer
                | Self::CollectFromFal
                | Self::CollectFromBfl
                | Self::CollectLongFilm
                | Self::CollectCanceledAtAPrice
        )
    }

    /// Whether somebody writes to us. The operation makes one case.
    pub(super) fn writes_to_us(self) -> bool {
        matches!(self, Self::Contact | Self::ReportByAStranger)
    }

    /// Whether there is a generation after the operation.
    pub(super) fn leaves_a_generation(self) -> bool {
        let deletes = matches!(
            self,
            Self::DeleteGeneration
                | Self::MakeThumbnailsOfDeleted
                | Self::DeleteOwingThumbnails
                | Self::SweepDeleted
                | Self::DeleteWithUndo
                | Self::SweepUndoable
        );
        !deletes && !self.writes_to_us() && !self.is_of_people() && self != Self::Upload
    }

    /// Whether it brings a deleted generation back.
    pub(super) fn brings_back(self) -> bool {
        matches!(self, Self::UndoDeletion | Self::UndoOwingThumbnails)
    }

    /// Whether it is about the identities and sessions of people.
    pub(super) fn is_of_people(self) -> bool {
        self.attempt().is_some()
            || self.linked().is_some()
            || matches!(self, Self::RefreshSession | Self::SessionsRevoked)
    }

    /// The attempt to sign in or to link that it is.
    pub(super) fn attempt(self) -> Option<Attempt> {
        let (provider, links) = match self {
            Self::SignUpAtGoogle => ("google", false),
            Self::SignUpAtApple | Self::SignInAgainAtApple => ("apple", false),
            Self::SignUpAtFacebook => ("facebook", false),
            Self::LinkApple => ("apple", true),
            Self::LinkFacebook => ("facebook", true),
            _ => return None,
        };
        Some(Attempt { provider, links })
    }

    /// The partner whose identity is linked before it.
    pub(super) fn linked(self) -> Option<&'static str> {
        match self {
            Self::UnlinkApple
            | Self::MailDisabled
            | Self::MailEnabled
            | Self::ConsentRevoked
            | Self::AccountDeleted
            | Self::LastAccountDeleted => Some("apple"),
            Self::UnlinkFacebook | Self::Deauthorised | Self::DataDeletion => Some("facebook"),
            _ => None,
        }
    }

    /// The number of accounts after it.
    pub(super) fn accounts(self) -> usize {
        1 + usize::from(self.attempt().is_some_and(|attempt| !attempt.links))
    }

    /// The number of the account's identities after it.
    pub(super) fn identities(self) -> usize {
        let has_two = matches!(
            self,
            Self::LinkApple
                | Self::LinkFacebook
                | Self::MailDisabled
                | Self::MailEnabled
                | Self::ConsentRevoked
                | Self::Deauthorised
        );
        if has_two { 2 } else { 1 }
    }

    /// Whether it ends every session of the account. The closing of an account may end them later.
    pub(super) fn ends_sessions(self) -> bool {
        matches!(
            self,
            Self::SessionsRevoked
                | Self::ConsentRevoked
                | Self::AccountDeleted
                | Self::Deauthorised
                | Self::DataDeletion
        )
    }

    /// The model of the request, where the default does not fit.
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Self::GenerateWithInput | Self::RunWithInput => Some("flux-kontext-dev"),
            Self::RunAtFal | Self::CollectFromFal => Some("flux-schnell-fal"),
            Self::RunAtBfl | Self::CollectFromBfl => Some("flux-1.1-pro-ultra"),
            Self::CollectLongFilm => Some("wan-2.2-t2v-fast"),
            _ => None,
        }
    }
}

/// All operations.
pub(super) const OPERATIONS: [Operation; 54] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::RunWithInput,
    Operation::Generate,
    Operation::Run,
    Operation::Webhook,
    Operation::Collect,
    Operation::CollectUnusable,
    Operation::CollectFewer,
    Operation::SweepQueued,
    Operation::SweepSubmitting,
    Operation::SweepRunning,
    Operation::SweepCollecting,
    Operation::SweepOverdue,
    Operation::SweepCanceling,
    Operation::CancelQueued,
    Operation::CancelSubmitting,
    Operation::CancelRunning,
    Operation::DeleteGeneration,
    Operation::MakeThumbnails,
    Operation::MakeThumbnailsOfDeleted,
    Operation::SweepThumbnails,
    Operation::DeleteOwingThumbnails,
    Operation::StripeWebhook,
    Operation::RunAtFal,
    Operation::RunAtBfl,
    Operation::CollectFromFal,
    Operation::CollectFromBfl,
    Operation::CollectLongFilm,
    Operation::CollectCanceledAtAPrice,
    Operation::SweepDeleted,
    Operation::DeleteWithUndo,
    Operation::UndoDeletion,
    Operation::UndoOwingThumbnails,
    Operation::SweepUndoable,
    Operation::Contact,
    Operation::ReportByAStranger,
    Operation::SignUpAtGoogle,
    Operation::SignUpAtApple,
    Operation::SignUpAtFacebook,
    Operation::SignInAgainAtApple,
    Operation::LinkApple,
    Operation::LinkFacebook,
    Operation::UnlinkApple,
    Operation::UnlinkFacebook,
    Operation::RefreshSession,
    Operation::SessionsRevoked,
    Operation::MailDisabled,
    Operation::MailEnabled,
    Operation::ConsentRevoked,
    Operation::AccountDeleted,
    Operation::LastAccountDeleted,
    Operation::Deauthorised,
    Operation::DataDeletion,
];
