//! The start of an upload: a slot for it, and the form that sends it.

use crate::{
    store::{requests::stored::StoredForUpload, table::GenerationStore},
    uploads::{
        form::{NewUpload, OpenUpload},
        slot::{Slot, Slots},
    },
};
use accounts::{AccountStore, FreshCaller};
use aws::{Decision, transact};
use credits::{BalanceStatus, CreditStore};
use kernel::{AccountId, Caller, Error, GenerationId, Ids, Result, Timestamp, UploadId, later, limits};
use media::{MediaStore, UploadFile};

/// Starts uploads.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// The sessions.
    pub accounts: AccountStore,
    /// The slots.
    pub generations: GenerationStore,
    /// The credits, for the state of the account.
    pub credits: CreditStore,
    /// The bucket of the pictures.
    pub media: MediaStore,
}

impl Uploads {
    /// Takes a slot for an upload and signs the form that sends it. Two requests. Two more when
    /// it replaces an older upload, which is then deleted, and one more when it must read the
    /// generations that may use that upload. `signed_at` is the real time.
    ///
    /// The older picture is deleted after its slot is taken. If this run dies between the two,
    /// the next run that replaces an upload, or the bucket's lifecycle, deletes it.
    ///
    /// # Errors
    /// `unauthenticated` when the session has ended or the account no longer exists,
    /// `account_not_active`, `too_many_uploads`, `unavailable`.
    pub async fn open(
        &self,
        caller: &Caller,
        new: NewUpload,
        ids: &Ids,
        now: Timestamp,
        signed_at: Timestamp,
    ) -> Result<OpenUpload> {
        let account = caller.account;
        let id = UploadId::new(ids.uuid_v7(now));
        let upload = UploadFile { account, id };
        let lifetime = limits::UPLOAD_OPEN;
        let form = self.media.presign_post(upload, new.content_type, new.bytes, lifetime, signed_at)?;
        if let Some(slots) = self.take_slot(caller, id, ids, now).await? {
            self.delete_replaced(account, &slots, now).await;
        }
        Ok(OpenUpload { id, form, expires_at: later(now, lifetime) })
    }

    /// Takes a slot. Answers all slots when the upload may have replaced an older one.
    async fn take_slot(&self, caller: &Caller, id: UploadId, ids: &Ids, now: Timestamp) -> Result<Option<Slots>> {
        let account = caller.account;
        transact(self.generations.table().db(), ids, async || {
            let stored = self.generations.read_for_upload(&self.accounts, &self.credits, caller).await?;
            let StoredForUpload { session, balance, mut slots } = stored;
            // The form works without a session, so the session must be alive now.
            FreshCaller::from_session(caller, session, now)?;
            // It is ours already when the answer to an earlier attempt was lost.
            if slots.contains(id) {
                return Ok(Decision::Answer(Some(slots)));
            }
            let balance = balance.filter(|balance| balance.valid_from <= caller.issued_at);
            if balance.ok_or(Error::Unauthenticated)?.status != BalanceStatus::Active {
                return Err(Error::AccountNotActive);
            }
            let n = self.free_slot(account, &slots, ids, now).await?;
            let before = slots.0[n].as_ref();
            let after = Slot::for_upload(id, before, now);
            let changes = vec![
                self.credits.require_active_change(account)?,
                self.generations.slot_change(account, n, before, &after)?,
            ];
            let replaces = before.is_some();
            slots.0[n] = Some(after);
            Ok(Decision::Commit(changes, replaces.then_some(slots)))
        })
        .await
    }

    /// The slot to take. If the slots alone do not decide, it reads the generations that may still
    /// need the uploads.
    async fn free_slot(&self, account: AccountId, slots: &Slots, ids: &Ids, now: Timestamp) -> Result<usize> {
        let free = |still_reads: &dyn Fn(GenerationId) -> bool| slots.free_slot(|n| ids.below(n), still_reads, now);
        let undecided = match free(&|_| true) {
            Err(Error::TooManyUploads { .. }) => slots.undecided(now),
            decided => return decided,
        };
        if undecided.is_empty() {
            return free(&|_| true);
        }
        let finished = self.generations.finished_reading(account, &undecided).await?;
        free(&|id| !finished.contains(&id))
    }

    /// Deletes the pictures without a slot, as far as possible. A picture that was requested
    /// since the slots were read may have a slot, so a picture whose form is still valid stays.
    async fn delete_replaced(&self, account: AccountId, slots: &Slots, now: Timestamp) {
        let is_open = |id: UploadId| {
            let open_until = id.made_at().and_then(|at| at.saturating_add(limits::UPLOAD_OPEN).ok());
            open_until.is_none_or(|open_until| now < open_until)
        };
        if let Err(error) = self.media.keep_uploads(account, |id| is_open(id) || slots.contains(id)).await {
            tracing::warn!(error = error.why(), "a replaced picture stays until the next upload replaces one");
        }
    }
}
