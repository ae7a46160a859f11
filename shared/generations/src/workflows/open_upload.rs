//! Uploads: a place for one among those that the account has, and the form that sends it.

use crate::{
    GenerationStore,
    uploads::slot::{Slot, Slots, has_to_read},
};
use aws::{Change, Condition, Decision, Item, Table, all, transact};
use credits::BalanceStatus;
use kernel::{AccountId, Caller, Error, GenerationId, Ids, Result, Timestamp, UploadId, limits};
use media::{MediaStore, PostForm, UploadFile};
use std::{array, collections::HashSet};

/// What every place's key starts with.
const PLACE: &str = "upload#";

/// Gives places for uploads out.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// Where the places lie.
    pub generations: GenerationStore,
    /// Whether the account may start anything.
    pub credits: credits::CreditStore,
    /// Where the pictures are sent.
    pub media: MediaStore,
}

/// What somebody wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUpload {
    content_type: &'static str,
    bytes: usize,
}

/// An upload that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUpload {
    /// Which.
    pub id: UploadId,
    /// How it is sent.
    pub form: PostForm,
    /// Until when.
    pub expires_at: Timestamp,
}

impl NewUpload {
    /// A picture of a type that is decoded, and of at most [`limits::INPUT_BYTES`].
    ///
    /// # Errors
    /// `invalid`.
    pub fn parse(content_type: &str, bytes: u64) -> Result<Self> {
        let known = ["image/png", "image/jpeg", "image/webp"];
        let content_type = known.into_iter().find(|known| *known == content_type);
        let content_type =
            content_type.ok_or_else(|| Error::invalid("content_type", "Send image/png, image/jpeg or image/webp."))?;
        match usize::try_from(bytes) {
            Ok(bytes) if (1..=limits::INPUT_BYTES).contains(&bytes) => Ok(Self { content_type, bytes }),
            _ => Err(Error::invalid("bytes", format!("A picture has 1 to {} bytes.", limits::INPUT_BYTES))),
        }
    }
}

impl Uploads {
    /// Takes a place for an upload and signs the form that sends it. Two requests; where it
    /// takes an older upload's place two more, which delete that, and one where generations
    /// must be asked whether they need it. `signed_at` is the real time.
    ///
    /// The older picture is deleted after its place was taken. Who dies in between leaves it
    /// to the next who takes a place, or to the bucket's lifecycle.
    ///
    /// # Errors
    /// `unauthenticated` when the session was ended for spending or the account is gone,
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
        let (content_type, lifetime) = (new.content_type, limits::UPLOAD_OPEN);
        let form = self.media.presign_post(upload, content_type, new.bytes, lifetime, signed_at).await?;
        let db = self.generations.table().db();
        let left = transact(db, ids, async || {
            let places = Places::of(account);
            let credits = self.credits.balance_in();
            let mut keys = vec![(credits.0, places.account.as_str(), credits.1)];
            keys.extend(places.keys(self.generations.table()));
            let mut items = db.batch_get_all(&keys).await?.into_iter();
            let balance: Option<credits::Balance> = items.next().flatten().map(aws::read).transpose()?;
            let slots = slots(items)?;
            // Ours, when the answer to an earlier round was lost.
            if slots.contain(id) {
                return Ok(Decision::Answer(Some(slots)));
            }
            let balance = balance.filter(|balance| balance.valid_from <= caller.issued_at);
            if balance.ok_or(Error::Unauthenticated)?.status != BalanceStatus::Active {
                return Err(Error::AccountNotActive);
            }
            let n = self.place(account, &slots, ids, now).await?;
            let before = slots.0[n].as_ref();
            let taken = Slot::taken(id, before, now);
            let changes = vec![self.credits.active(account)?, self.generations.place(account, n, before, &taken)?];
            let replaces = before.is_some();
            let mut slots = slots;
            slots.0[n] = Some(taken);
            Ok(Decision::Commit(changes, replaces.then_some(slots)))
        })
        .await?;
        if let Some(slots) = left {
            self.forget_others(account, &slots, now).await;
        }
        let expires_at = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        Ok(OpenUpload { id, form, expires_at })
    }

    /// The place to take, after those generations were asked that may need what is there.
    async fn place(&self, account: AccountId, slots: &Slots, ids: &Ids, now: Timestamp) -> Result<usize> {
        let place = |waiting: &dyn Fn(GenerationId) -> bool| slots.place(|among| ids.below(among), waiting, now);
        let in_doubt = match place(&|_| true) {
            Err(Error::TooManyUploads { .. }) => slots.in_doubt(now),
            place => return place,
        };
        if in_doubt.is_empty() {
            return place(&|_| true);
        }
        let done = self.generations.done_reading(account, &in_doubt).await?;
        place(&|id| !done.contains(&id))
    }

    /// Deletes the pictures that have no place, best effort. What was asked for since the
    /// places were read has one by now, and is still open.
    async fn forget_others(&self, account: AccountId, slots: &Slots, now: Timestamp) {
        let is_open = |id: UploadId| {
            let open_until = id.made_at().and_then(|at| at.saturating_add(limits::UPLOAD_OPEN).ok());
            open_until.is_none_or(|open_until| now < open_until)
        };
        if let Err(error) = self.media.keep_uploads(account, |id| is_open(id) || slots.contain(id)).await {
            tracing::warn!(error = error.why(), "an outdated picture stays until a place is taken over again");
        }
    }
}

/// The keys of all places of an account.
pub(crate) struct Places {
    account: String,
    keys: [String; limits::UPLOADS_MAX],
}

impl Places {
    pub(crate) fn of(account: AccountId) -> Self {
        Self { account: account.to_string(), keys: array::from_fn(place_key) }
    }

    /// For a batch read.
    pub(crate) fn keys<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (&'a Table, &'a str, &'a str)> {
        self.keys.iter().map(move |key| (table, self.account.as_str(), key.as_str()))
    }
}

fn place_key(n: usize) -> String {
    format!("{PLACE}{n}")
}

/// The places as a batch read found them, in order.
pub(crate) fn slots(items: impl Iterator<Item = Option<Item>>) -> Result<Slots> {
    items.map(|item| item.map(aws::read).transpose()).collect::<Result<_>>().map(Slots)
}

impl GenerationStore {
    /// A place as it is from now on, if it is still as it was, as part of a transaction.
    pub(crate) fn place(&self, account: AccountId, n: usize, before: Option<&Slot>, after: &Slot) -> Result<Change> {
        let unchanged = match before {
            None => Condition::Absent,
            Some(before) => all([
                Condition::text("upload", before.upload.to_string()),
                Condition::number("version", before.version),
            ]),
        };
        self.table().put(&account.to_string(), &place_key(n), after).when(unchanged).or_stale()
    }

    /// Who of these have read their pictures, or are gone. One request.
    async fn done_reading(&self, account: AccountId, ids: &[GenerationId]) -> Result<HashSet<GenerationId>> {
        let (account, keys): (_, Vec<String>) = (account.to_string(), ids.iter().map(ToString::to_string).collect());
        let keys: Vec<_> = keys.iter().map(|key| (self.table(), account.as_str(), key.as_str())).collect();
        let found = self.table().db().batch_get_all(&keys).await?;
        let mut done = HashSet::new();
        for (id, item) in ids.iter().zip(found) {
            let generation = item.map(aws::read).transpose()?;
            if !generation.as_ref().is_some_and(has_to_read) {
                done.insert(*id);
            }
        }
        Ok(done)
    }
}
