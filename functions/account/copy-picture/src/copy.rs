//! The work: the steps until the copy is the one of the profile, and then the removal of all others.

use crate::deps::Deps;
use accounts::{PictureCopy, PictureStep, SeenPicture, StoredPicture};
use kernel::{AccountId, Error, PictureId, Result, Timestamp, later};
use media::PortraitFile;
use runtime::Ctx;
use std::time::Duration;

/// Most steps of one run. Usually it takes two: the fetch, and the look at what it has recorded. Each sign-in with
/// another picture at the same time adds one.
const STEPS: u32 = 4;

/// How long to wait after the last step.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// After this time a run has ended: Lambda stops it after 60 s. SQS delivers a message again after 90 s, so the run
/// that follows a dead one removes what that left.
const RUN_ENDS: Duration = Duration::from_secs(75);

/// The outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureOutcome {
    /// The copy was the one of the profile, or there was neither.
    Unchanged,
    /// The picture was copied.
    Copied,
    /// There is no usable picture at the address. The profile remembers it.
    Unusable,
    /// The copy was removed: the person has no picture any more.
    Removed,
    /// The account does not exist any more. All copies were removed.
    Gone,
}

/// Takes the steps that the profile owes, and removes the copies that it does not name. May be repeated, and may run
/// beside itself: of two runs one records its copy, and the other deletes its own.
///
/// Two requests if nothing is owed: the profile, and the list of the copies. For a new picture those to its host, and
/// three more: the object, the record of it, and another look at the profile. One more to delete copies.
///
/// # Errors
/// `unavailable`: the host of the picture or AWS does not answer, or sign-ins kept changing the address.
pub(crate) async fn bring_up_to_date(deps: &Deps, ctx: &Ctx, account: AccountId) -> Result<PictureOutcome> {
    let (mut outcome, mut replaced) = (PictureOutcome::Unchanged, Vec::new());
    for _ in 0..STEPS {
        let Some(seen) = deps.accounts.see_picture(account).await? else {
            deps.media.clear_portraits(account, |_, _, _| false).await?;
            return Ok(PictureOutcome::Gone);
        };
        let done = match seen.next_step() {
            PictureStep::Keep => {
                clear(deps, ctx, account, seen.file(), &replaced).await?;
                return Ok(outcome);
            }
            PictureStep::Remove => remove(deps, &seen).await?,
            PictureStep::Fetch => fetch(deps, ctx, account, &seen).await?,
        };
        if let Some(done) = done {
            outcome = done;
            replaced.extend(seen.file().cloned());
        }
    }
    Err(Error::unavailable(RETRY_AFTER, "the picture kept changing"))
}

/// Removes the copy that the profile names. `None` if the profile changed meanwhile. The object goes at once: the fetch of
/// another picture, which may follow, may fail for long.
async fn remove(deps: &Deps, seen: &SeenPicture) -> Result<Option<PictureOutcome>> {
    if !deps.accounts.record_picture(seen, None).await? {
        return Ok(None);
    }
    if let Some(StoredPicture { key, version_id }) = seen.file() {
        deps.media.delete_version(key, version_id).await?;
    }
    Ok(Some(PictureOutcome::Removed))
}

/// Copies the picture at the address of the profile. `None` if the profile changed meanwhile: then nothing of this copy
/// is left.
async fn fetch(deps: &Deps, ctx: &Ctx, account: AccountId, seen: &SeenPicture) -> Result<Option<PictureOutcome>> {
    let Some(address) = seen.address() else { return Ok(None) };
    let portrait = match deps.pictures.fetch(seen.source(), address).await? {
        Ok(file) => media::portrait(&file).map_err(|reason| reason.as_str()),
        Err(reason) => Err(reason.as_str()),
    };
    let file = match portrait {
        Ok(portrait) => {
            let id = PictureId::new(ctx.ids.uuid_v7(ctx.now));
            let (key, version_id) = deps.media.put_portrait(PortraitFile { account, id }, portrait).await?;
            Some(StoredPicture { key, version_id })
        }
        Err(reason) => {
            tracing::warn!(request_id = ctx.request_id, reason, "a picture of a person is not copied");
            None
        }
    };
    let copy = PictureCopy::new(address, seen.source(), file);
    // After an error the copy may be recorded, so its file is not deleted here.
    if deps.accounts.record_picture(seen, Some(&copy)).await? {
        return Ok(Some(if copy.file.is_some() { PictureOutcome::Copied } else { PictureOutcome::Unusable }));
    }
    if let Some(StoredPicture { key, version_id }) = &copy.file {
        deps.media.delete_version(key, version_id).await?;
    }
    Ok(None)
}

/// Deletes the copies that the profile does not name: those that this run has `replaced`, and those of runs that died.
/// A run that began a short time ago may still record its own.
async fn clear(
    deps: &Deps,
    ctx: &Ctx,
    account: AccountId,
    named: Option<&StoredPicture>,
    replaced: &[StoredPicture],
) -> Result<()> {
    let is_kept = |key: &str, version: &str, made_at: Option<Timestamp>| {
        let is_it = |file: &StoredPicture| file.key == key && file.version_id == version;
        let may_be_recorded = made_at.is_some_and(|made_at| later(made_at, RUN_ENDS) > ctx.now);
        named.is_some_and(is_it) || may_be_recorded && !replaced.iter().any(is_it)
    };
    deps.media.clear_portraits(account, is_kept).await.map(drop)
}
