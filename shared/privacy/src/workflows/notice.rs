//! The messages of partners about people's identities (back channels).
//!
//! A partner sends a message more than once, and in any order. So each message has the time of its event, and
//! what the person did later is stronger: a message that is older than the person's last sign-in or last canceled
//! deletion never deletes the account. The clocks of a partner and of ours may differ by a minute.
//!
//! A deletion that a partner requested leaves the person's sessions. The identity at the partner may be gone, so they may
//! be the only way to cancel, to download everything, or to link another identity. The account starts nothing new.

use super::close::{CloseAccount, NewDeletion, known};
use crate::{
    deletion::{Deletion, DeletionCode, DeletionRecord, DeletionStatus, Removal, RemovalOutcome, Requester},
    store::{Activity, HashKeys, RequestCodes, SHARDS},
};
use accounts::{DeletionMark, NoticeOutcome, PartnerNotice, PictureQueue};
use aws::{Change, Decision, transact};
use credits::{Balance, BalanceStatus};
use kernel::{AccountId, Error, Ids, Result, Timestamp, limits::ERASURE_WAIT};

/// A person's identity at a partner, as a verified message names it.
#[derive(Clone, Copy)]
pub struct PartnerIdentity<'a> {
    /// The partner, in the form of keys: `google`, `apple` or `facebook`.
    pub provider: &'a str,
    /// The person's id at the partner.
    pub subject: &'a str,
}

/// The effect of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeEffect {
    /// No account has this identity.
    Unknown,
    /// Nothing: the message came before, or it is older than what the person did.
    Unchanged,
    /// The account or its sessions have changed.
    Applied,
    /// The account is being deleted, because the identity was its last one.
    Closing,
}

/// The result of a request to delete the data of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityErasure {
    /// The effect of the request.
    pub effect: NoticeEffect,
    /// The code that reads its state: that of the account's deletion, or of the answer to the request.
    pub code: DeletionCode,
}

/// Applies the messages of partners. The caller has verified them.
#[derive(Debug)]
pub struct ApplyNotice {
    /// The stores, and the closing of an account.
    pub close: CloseAccount,
    /// The keys of the codes.
    pub keys: HashKeys,
    /// The queue of `copy-picture`, which deletes the picture of an identity that goes. It is told before the identity
    /// goes: the partner sends no message again that was applied, and a request for deletion is answered as done.
    pub pictures: PictureQueue,
}

/// A request to delete the data of an identity. It is made before the first round of its transaction.
struct Request<'a> {
    identity: PartnerIdentity<'a>,
    at: Timestamp,
    partner: Requester,
    codes: RequestCodes,
    shard: u64,
    /// Whether the partner gets a code, so that its answer is kept also if no account is deleted.
    is_answered: bool,
    now: Timestamp,
}

/// The outcome of a request.
struct Outcome {
    effect: NoticeEffect,
    code: DeletionCode,
    /// The deletion that this request has scheduled, with its account, whose jobs must end.
    scheduled: Option<(AccountId, Deletion)>,
}

/// An account with what decides about its deletion.
struct Seen {
    balance: Option<Balance>,
    mark: Option<DeletionMark>,
    activity: Option<Activity>,
}

impl ApplyNotice {
    /// Applies one message. Two requests to AWS and one transaction; one request if no account has the identity.
    ///
    /// Where the identity is the account's last one and was deleted at the partner, the deletion of the account is
    /// scheduled, with the same grace period as one that the person requests. See [`Self::answer`].
    ///
    /// # Errors
    /// `unavailable`, also while the account is being erased; `internal`. The partner sends the message again.
    pub async fn apply(
        &self,
        identity: PartnerIdentity<'_>,
        notice: PartnerNotice,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<NoticeEffect> {
        if let PartnerNotice::IdentityDeleted { at } = notice {
            return self.erase(identity, at, false, ids, now).await.map(|erasure| erasure.effect);
        }
        let PartnerIdentity { provider, subject } = identity;
        let accounts = &self.close.accounts;
        transact(accounts.db(), ids, async || {
            let Some(account) = accounts.find_by_identity(provider, subject).await? else {
                return Ok(Decision::Answer(NoticeEffect::Unknown));
            };
            Ok(match accounts.decide_notice(account, provider, subject, notice).await? {
                Decision::Commit(changes, _) => Decision::Commit(changes, NoticeEffect::Applied),
                Decision::Answer(_) => Decision::Answer(NoticeEffect::Unchanged),
                Decision::Again => Decision::Again,
            })
        })
        .await
    }

    /// Carries out a partner's request of `at` to delete the data of an identity, and answers the code by which
    /// everybody who has it reads the state.
    ///
    /// - The identity is the account's last one: the deletion of the account is scheduled. If one is under way, it
    ///   stays as it is.
    ///   It is not scheduled if the person has signed in more than a minute after `at`, or has canceled a deletion after
    ///   it. The sessions of the account stay.
    /// - The account has another one: the identity and what came from it are removed, unless it was linked more than a
    ///   minute after `at`.
    /// - No account has the identity: nothing is changed.
    ///
    /// The same request has the same code each time, and writes once.
    ///
    /// # Errors
    /// The errors of [`Self::apply`].
    pub async fn answer(
        &self,
        identity: PartnerIdentity<'_>,
        at: Timestamp,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<IdentityErasure> {
        self.erase(identity, at, true, ids, now).await
    }

    async fn erase(
        &self,
        identity: PartnerIdentity<'_>,
        at: Timestamp,
        is_answered: bool,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<IdentityErasure> {
        let PartnerIdentity { provider, subject } = identity;
        let codes = self.keys.request(provider, subject, at);
        let (partner, shard) = (Requester::partner(provider)?, ids.below(SHARDS));
        let request = Request { identity, at, partner, codes, shard, is_answered, now };
        let db = self.close.deletions.db();
        let Outcome { effect, code, scheduled } = transact(db, ids, async || self.decide(&request).await).await?;
        if let Some((account, deletion)) = scheduled
            && self.close.finish_closing(account, &deletion, ids, now).await.is_err()
        {
            tracing::warn!("the closing of an account is not finished; the purge will finish it");
        }
        Ok(IdentityErasure { effect, code })
    }

    async fn decide(&self, request: &Request<'_>) -> Result<Decision<Outcome>> {
        if let Some(before) = self.answered_before(request).await? {
            return Ok(Decision::Answer(before));
        }
        let PartnerIdentity { provider, subject } = request.identity;
        let accounts = &self.close.accounts;
        let Some(account) = accounts.find_by_identity(provider, subject).await? else {
            return self.recorded(Vec::new(), request, RemovalOutcome::NothingHeld, NoticeEffect::Unknown);
        };
        // The profile is read before the identities: the last change checks that it is the same, so they are too.
        let seen = self.read(account).await?;
        let notice = PartnerNotice::IdentityDeleted { at: request.at };
        match accounts.decide_notice(account, provider, subject, notice).await? {
            Decision::Again => Ok(Decision::Again),
            Decision::Answer(NoticeOutcome::LastIdentity) => self.decide_closing(account, seen, request),
            Decision::Answer(_) if seen.activity.is_none() => Err(is_being_erased()),
            // It was unlinked after the reverse key was read. The next round finds none.
            Decision::Answer(NoticeOutcome::NotThere) => Ok(Decision::Again),
            Decision::Answer(_) => {
                self.recorded(Vec::new(), request, RemovalOutcome::UsedSince, NoticeEffect::Unchanged)
            }
            Decision::Commit(mut changes, outcome) => {
                if let NoticeOutcome::Removed { identity: person, owes_picture } = &outcome {
                    if *owes_picture {
                        self.pictures.wake_later(account).await?;
                    }
                    changes.push(self.close.deletions.mark_change(&self.keys, person, request.now)?);
                }
                self.recorded(changes, request, RemovalOutcome::IdentityRemoved, NoticeEffect::Applied)
            }
        }
    }

    /// The outcome of a request that came before, under any of the accepted keys.
    async fn answered_before(&self, request: &Request<'_>) -> Result<Option<Outcome>> {
        let RequestCodes { current, previous } = &request.codes;
        for code in std::iter::once(current).chain(previous) {
            let (effect, scheduled) = match self.close.deletions.find(code, request.now).await? {
                None => continue,
                Some(DeletionRecord::Account(deletion)) => match deletion.status {
                    DeletionStatus::Canceled => (NoticeEffect::Unchanged, None),
                    // A run that died may not have ended all jobs.
                    DeletionStatus::Scheduled => {
                        let job = self.close.deletions.get_job(code).await?;
                        (NoticeEffect::Closing, job.map(|job| (job.account, job.deletion)))
                    }
                    DeletionStatus::Erasing | DeletionStatus::Settling | DeletionStatus::Erased => {
                        (NoticeEffect::Closing, None)
                    }
                },
                Some(DeletionRecord::Identity(_)) => (NoticeEffect::Unchanged, None),
            };
            return Ok(Some(Outcome { effect, code: code.clone(), scheduled }));
        }
        Ok(None)
    }

    /// Schedules the deletion of an account whose last identity was deleted at its partner.
    fn decide_closing(&self, account: AccountId, seen: Seen, request: &Request<'_>) -> Result<Decision<Outcome>> {
        let Seen { balance, mark, activity } = seen;
        if let Some(mark) = mark {
            let code = known(&mark)?.code;
            return Ok(Decision::Answer(Outcome { effect: NoticeEffect::Closing, code, scheduled: None }));
        }
        let activity = activity.ok_or_else(is_being_erased)?;
        if activity.is_after(request.at) {
            return self.recorded(Vec::new(), request, RemovalOutcome::UsedSince, NoticeEffect::Unchanged);
        }
        let balance = balance.ok_or_else(is_being_erased)?;
        if balance.status == BalanceStatus::Closing {
            // The batch read the mark before another request wrote it.
            return Ok(Decision::Again);
        }
        let code = request.codes.current.clone();
        let new = NewDeletion { code: code.clone(), shard: request.shard, partner: Some(request.identity.provider) };
        let (mut changes, deletion) = self.close.closing(account, balance, &new, request.now)?;
        changes.push(activity.is_unchanged_change(&self.close.accounts, account)?);
        let outcome = Outcome { effect: NoticeEffect::Closing, code, scheduled: Some((account, deletion)) };
        Ok(Decision::Commit(changes, outcome))
    }

    /// The decision of a request that deletes no account: its changes, and its answer if the partner gets a code.
    fn recorded(
        &self,
        mut changes: Vec<Change>,
        request: &Request<'_>,
        outcome: RemovalOutcome,
        effect: NoticeEffect,
    ) -> Result<Decision<Outcome>> {
        let code = request.codes.current.clone();
        if request.is_answered {
            let removal = Removal::new(code.clone(), request.partner, outcome, request.at, request.now);
            changes.push(self.close.deletions.removal_change(&removal, request.now)?);
        }
        let outcome = Outcome { effect, code, scheduled: None };
        Ok(if changes.is_empty() { Decision::Answer(outcome) } else { Decision::Commit(changes, outcome) })
    }

    async fn read(&self, account: AccountId) -> Result<Seen> {
        let CloseAccount { accounts, credits, .. } = &self.close;
        let pk = account.to_string();
        let ((credits, balance), (table, mark)) = (credits.balance_key(), accounts.deletion_mark_key());
        let (_, profile) = accounts.profile_key();
        let found = accounts.db().batch_get([(credits, &pk, balance), (table, &pk, mark), (table, &pk, profile)]);
        let [balance, mark, profile] = found.await?;
        Ok(Seen {
            balance: balance.map(aws::read).transpose()?,
            mark: mark.map(aws::read).transpose()?,
            activity: profile.map(Activity::of).transpose()?,
        })
    }
}

/// The reverse key still leads to an account whose items are gone.
fn is_being_erased() -> Error {
    Error::unavailable(ERASURE_WAIT, "the account is being erased")
}
