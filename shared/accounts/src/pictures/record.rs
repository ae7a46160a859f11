//! Reads and records the copy of a person's picture.

use crate::{
    items::Profile,
    keys,
    pictures::copy::{PictureCopy, PictureStep, StoredPicture, next_step},
    store::AccountStore,
};
use aws::{AttributeValue, Condition, WriteOutcome, all};
use kernel::{AccountId, Result};
use std::fmt;

/// The attribute of a profile with the copy.
const PICTURE: &str = "picture";

/// The picture of a profile as it was read.
#[derive(Clone)]
pub struct SeenPicture {
    account: AccountId,
    address: Option<String>,
    from: Option<String>,
    copy: Option<PictureCopy>,
    /// The copy as it is stored.
    stored: Option<AttributeValue>,
}

impl SeenPicture {
    /// The next step.
    #[must_use]
    pub fn next_step(&self) -> PictureStep {
        next_step(self.address.as_deref(), self.from.as_deref(), self.copy.as_ref())
    }

    /// The address of the picture.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The partner that gave the address, by its name in keys.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The copy in the bucket that the profile names.
    #[must_use]
    pub fn file(&self) -> Option<&StoredPicture> {
        self.copy.as_ref().and_then(|copy| copy.file.as_ref())
    }

    /// The condition that the profile exists, with this address and this copy.
    fn is_unchanged(&self) -> Condition {
        let address = match &self.address {
            Some(address) => Condition::text("picture_url", address),
            None => Condition::Missing("picture_url"),
        };
        let copy = match &self.stored {
            Some(stored) => Condition::Equals(PICTURE, stored.clone()),
            None => Condition::Missing(PICTURE),
        };
        all([Condition::Exists, address, copy])
    }
}

/// Without the address, so that no log gets it.
impl fmt::Debug for SeenPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenPicture").field("next_step", &self.next_step()).finish_non_exhaustive()
    }
}

impl AccountStore {
    /// Reads the picture of an account in one consistent request. `None` when the account does not exist.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn see_picture(&self, account: AccountId) -> Result<Option<SeenPicture>> {
        let pk = account.to_string();
        let [found] = self.db().batch_get([(self.table(), pk.as_str(), keys::PROFILE)]).await?;
        let Some(item) = found else { return Ok(None) };
        let stored = item.get(PICTURE).cloned();
        let Profile { picture_url: address, picture_from: from, picture: copy, .. } = aws::read(item)?;
        Ok(Some(SeenPicture { account, address, from, copy, stored }))
    }

    /// Records a copy, or its removal, if the account exists and its address and its copy are still those of `seen`.
    /// Returns whether it is recorded. One request. May be repeated: a copy that is recorded already counts as
    /// recorded, and each copy has a file of its own.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: then the copy may be recorded.
    pub async fn record_picture(&self, seen: &SeenPicture, copy: Option<&PictureCopy>) -> Result<bool> {
        let profile = self.table().update(&seen.account.to_string(), keys::PROFILE);
        let profile = match copy {
            Some(copy) => profile.set(PICTURE, copy),
            None => profile.remove(PICTURE),
        };
        match profile.when(seen.is_unchanged()).apply().await? {
            WriteOutcome::Applied(_) => Ok(true),
            // The SDK repeats a write whose answer was lost.
            WriteOutcome::ConditionFailed(stored) => {
                let stored: Option<Profile> = stored.map(aws::read).transpose()?;
                Ok(stored.is_some_and(|profile| copy.is_some() && profile.picture.as_ref() == copy))
            }
        }
    }
}

#[cfg(test)]
mod tests;
