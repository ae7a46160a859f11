//! The rule of a partner's notice: what it does to an identity and to sessions.
//!
//! Partners send a notice several times and in any order. So each notice says its time, and the rule compares
//! times: whatever came before, the latest time of each kind counts. A notice of before the link is about an
//! earlier one, and changes nothing.

use crate::items::{Identity, Session, Subject};
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{SessionId, Timestamp, later, limits::CLOCK_LEEWAY};

/// A partner's verified notice about one of its identities. `at` is the last instant that it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerNotice {
    /// Ends every session that began at `at` or before, and drops the partner's token of then.
    EndSessions {
        /// The last instant that the notice covers.
        at: Timestamp,
    },
    /// The address takes no mail.
    MailDisabled {
        /// The last instant that the notice covers.
        at: Timestamp,
    },
    /// The address takes mail again.
    MailEnabled {
        /// The last instant that the notice covers.
        at: Timestamp,
    },
    /// The person has deleted the identity at the partner, or asked for the deletion of its data.
    IdentityDeleted {
        /// The last instant that the notice covers.
        at: Timestamp,
    },
}

/// The outcome of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// Nothing was written: the notice is older than the link, or has been applied before.
    Unchanged,
    /// Nothing was written: the account does not have the identity (any more), or it was erased. A caller
    /// that found the account by the identity searches again.
    NotThere,
    /// The notice was applied. The account keeps the identity.
    Done,
    /// The identity was deleted at its partner, and the account has it no longer.
    Removed {
        /// The person at the partner.
        identity: Subject,
        /// Whether the copy of the picture will not be that of the profile any more: the caller wakes `copy-picture`.
        owes_picture: bool,
    },
    /// The identity was deleted at its partner, and no other identity leads to the account. Nothing was removed:
    /// the person can still sign in and cancel. The caller schedules the deletion of the account.
    LastIdentity,
}

/// The effect of a notice on an identity.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoticeEffect {
    /// Nothing, not even to sessions.
    Nothing,
    /// The identity becomes this one. It may be the same.
    Becomes(Box<Identity>),
    /// The identity goes, with what came from it.
    Goes,
    /// The identity would go, but it is the last.
    IsLast,
}

impl PartnerNotice {
    /// The last instant that the notice covers.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::EndSessions { at }
            | Self::MailDisabled { at }
            | Self::MailEnabled { at }
            | Self::IdentityDeleted { at } => at,
        }
    }

    /// The time of the latest link, and of the latest session, that the notice is about. The partner's clock may be behind
    /// ours, and after a deletion no notice of this partner finds the account any more. So it reaches what seems to be a
    /// little later. The other notices can come again, and reach no sign-in with which the person has come back since.
    fn reaches(self) -> Timestamp {
        match self {
            Self::IdentityDeleted { at } => later(at, CLOCK_LEEWAY),
            Self::EndSessions { at } | Self::MailDisabled { at } | Self::MailEnabled { at } => at,
        }
    }

    /// The effect of the notice on an identity. `is_last` says that no other leads to the account.
    pub(crate) fn effect(self, identity: &Identity, is_last: bool) -> NoticeEffect {
        let is_of_before = identity.linked_at > self.reaches();
        #[cfg(feature = "planted-faults")]
        let is_of_before = is_of_before && !planted(Planted::NoticeIgnoresLink);
        if is_of_before {
            return NoticeEffect::Nothing;
        }
        let mut next = identity.clone();
        #[cfg(feature = "planted-faults")]
        if matches!(self, Self::MailDisabled { .. } | Self::MailEnabled { .. }) && planted(Planted::NoticeIgnoresOrder)
        {
            (next.mail_disabled_at, next.mail_enabled_at) = (None, None);
        }
        match self {
            Self::EndSessions { at } => {
                next.sessions_ended_until = next.sessions_ended_until.max(Some(at));
                if next.token_at <= Some(at) {
                    (next.token, next.token_at) = (None, None);
                }
            }
            Self::MailDisabled { at } => next.mail_disabled_at = next.mail_disabled_at.max(Some(at)),
            Self::MailEnabled { at } => next.mail_enabled_at = next.mail_enabled_at.max(Some(at)),
            Self::IdentityDeleted { .. } if is_last => return NoticeEffect::IsLast,
            Self::IdentityDeleted { .. } => return NoticeEffect::Goes,
        }
        NoticeEffect::Becomes(Box::new(next))
    }

    /// The sessions that the notice ends. The removal of an identity ends them too: after it, no notice of that
    /// partner finds the account, so one that should have ended them could come too late.
    pub(crate) fn ends(self, sessions: &[Session]) -> Vec<SessionId> {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::NoticeKeepsSessions) {
            return Vec::new();
        }
        let until = match self {
            Self::EndSessions { .. } | Self::IdentityDeleted { .. } => self.reaches(),
            Self::MailDisabled { .. } | Self::MailEnabled { .. } => return Vec::new(),
        };
        sessions.iter().filter(|session| session.tokens.began_at <= until).map(|session| session.session).collect()
    }
}

/// Whether a partner has ended the sign-ins of `at`. A sign-in that began before such a notice may end after it:
/// its session would outlive the notice. A partner whose clock is ahead of ours has ended those of the next minute too;
/// the person waits, because the stored time of a notice must not depend on when it comes.
pub(crate) fn are_ended(identities: &[Identity], at: Timestamp) -> bool {
    identities.iter().any(|identity| identity.sessions_ended_until >= Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identities::tests::{apple, at},
        store::tests::proven,
    };
    use proptest::prelude::*;
    use std::time::Duration;
    use testkit::World;

    #[track_caller]
    fn after(identity: &Identity, notice: PartnerNotice) -> Identity {
        match notice.effect(identity, true) {
            NoticeEffect::Becomes(next) => *next,
            other => panic!("the identity must stay, not {other:?}"),
        }
    }

    #[test]
    fn a_notice_of_before_the_link_does_nothing() {
        let identity = Identity::of(&apple(), at(10));
        let before = at(10) - Duration::from_millis(1);
        for notice in [
            PartnerNotice::EndSessions { at: before },
            PartnerNotice::MailDisabled { at: before },
            PartnerNotice::MailEnabled { at: before },
            PartnerNotice::IdentityDeleted { at: before - CLOCK_LEEWAY },
        ] {
            for is_last in [true, false] {
                assert_eq!(notice.effect(&identity, is_last), NoticeEffect::Nothing, "{notice:?}");
            }
        }
        for at in [at(10), at(10) - CLOCK_LEEWAY] {
            let deleted = PartnerNotice::IdentityDeleted { at };
            assert_eq!(deleted.effect(&identity, false), NoticeEffect::Goes, "a clock that is behind is allowed for");
            assert_eq!(deleted.effect(&identity, true), NoticeEffect::IsLast);
        }
    }

    #[test]
    fn the_end_of_sessions_drops_the_token_of_then_and_no_later_one() {
        let identity = Identity::of(&apple(), at(10));
        assert!(identity.token.is_some());
        let ended = after(&identity, PartnerNotice::EndSessions { at: at(10) });
        assert_eq!((&ended.token, ended.token_at, ended.sessions_ended_until), (&None, None, Some(at(10))));
        let renewed = identity.refreshed(&apple(), at(20));
        let ended = after(&renewed, PartnerNotice::EndSessions { at: at(19) });
        assert_eq!((&ended.token, ended.token_at), (&renewed.token, Some(at(20))), "it is newer than the notice");
        let again = after(&ended, PartnerNotice::EndSessions { at: at(12) });
        assert_eq!(again, ended, "an older notice changes nothing");
        let without = Identity { token: None, token_at: None, ..identity };
        assert_eq!(after(&without, PartnerNotice::EndSessions { at: at(11) }).token_at, None);
    }

    #[test]
    fn the_last_word_about_mail_counts() {
        let identity = Identity::of(&apple(), at(0));
        let (disabled, enabled) =
            (|s| PartnerNotice::MailDisabled { at: at(s) }, |s| PartnerNotice::MailEnabled { at: at(s) });
        for (notices, is_disabled) in [
            (vec![], false),
            (vec![enabled(1)], false),
            (vec![disabled(1)], true),
            (vec![disabled(1), enabled(2)], false),
            (vec![enabled(2), disabled(1)], false),
            (vec![disabled(3), enabled(2), disabled(1)], true),
            (vec![disabled(2), enabled(2)], true),
            (vec![enabled(2), disabled(2)], true),
        ] {
            let last = notices.iter().fold(identity.clone(), |identity, notice| after(&identity, *notice));
            assert_eq!(last.has_mail_disabled(), is_disabled, "{notices:?}");
        }
    }

    #[test]
    fn sessions_end_that_began_at_the_time_of_the_notice_or_before() {
        let world = World::new(1);
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(Session::of(&proven(&world)));
            world.advance(Duration::from_secs(1));
        }
        // The clock of a partner may be a minute behind, and after a deletion it has no second word.
        for notice in
            [PartnerNotice::EndSessions { at: at(1) }, PartnerNotice::IdentityDeleted { at: at(1) - CLOCK_LEEWAY }]
        {
            assert_eq!(notice.ends(&sessions), [sessions[0].session, sessions[1].session], "{notice:?}");
        }
        for notice in [PartnerNotice::MailDisabled { at: at(9) }, PartnerNotice::MailEnabled { at: at(9) }] {
            assert_eq!(notice.ends(&sessions), []);
        }
    }

    #[test]
    fn a_sign_in_of_before_a_notice_is_ended_by_the_notice_of_any_identity() {
        let quiet = Identity::of(&apple(), at(0));
        let told = Identity { provider: "google".into(), sessions_ended_until: Some(at(5)), ..quiet.clone() };
        assert!(!are_ended(std::slice::from_ref(&quiet), at(5)));
        for (seconds, ended) in [(4, true), (5, true), (6, false)] {
            assert_eq!(are_ended(&[quiet.clone(), told.clone()], at(seconds)), ended, "{seconds}");
        }
    }

    /// A notice that leaves the identity where it is.
    fn any_notice() -> impl Strategy<Value = PartnerNotice> {
        (0..3_u8, 0..8_u32).prop_map(|(kind, seconds)| match kind {
            0 => PartnerNotice::EndSessions { at: at(seconds) },
            1 => PartnerNotice::MailDisabled { at: at(seconds) },
            _ => PartnerNotice::MailEnabled { at: at(seconds) },
        })
    }

    /// Notices, and the same ones up to five times each in another order.
    fn in_any_order() -> impl Strategy<Value = (Vec<PartnerNotice>, Vec<PartnerNotice>)> {
        prop::collection::vec((any_notice(), 1..=5_usize), 1..6).prop_flat_map(|times| {
            let once: Vec<_> = times.iter().map(|(notice, _)| *notice).collect();
            let often: Vec<_> = times.iter().flat_map(|(notice, times)| vec![*notice; *times]).collect();
            (Just(once), Just(often).prop_shuffle())
        })
    }

    proptest! {
        #[test]
        fn notices_in_any_order_and_number_leave_one_identity((once, often) in in_any_order(), token in 0..8_u32) {
            let linked = Identity { linked_at: at(2), token_at: Some(at(token)), ..Identity::of(&apple(), at(2)) };
            let apply = |identity: Identity, notice: &PartnerNotice| match notice.effect(&identity, true) {
                NoticeEffect::Becomes(next) => *next,
                _ => identity,
            };
            prop_assert_eq!(once.iter().fold(linked.clone(), apply), often.iter().fold(linked, apply));
        }
    }
}
