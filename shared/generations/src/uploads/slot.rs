//! The places for uploads that an account has, and who may take one. Pure.
//!
//! A place is held for as long as its upload may be sent, and while a generation that names
//! it may still read it: until its deadline, or until its provider has the picture.

use crate::Generation;
use aws::seconds;
use kernel::{Error, GenerationId, Result, Timestamp, UploadId, limits};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An upload in its place: lies under `upload#<n>`, until another takes the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) upload: UploadId,
    /// Counts the writes to this place, so that nobody decides on what has changed.
    pub(crate) version: u64,
    /// Until when the picture may be sent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) open_until: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<Need>,
    /// Seconds, for time to live, which deletes late: every read checks the times itself.
    expires_at: i64,
}

/// A generation that reads the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Need {
    generation: GenerationId,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    until: Timestamp,
}

impl Slot {
    /// A new upload in a place that had `before`.
    pub(crate) fn taken(upload: UploadId, before: Option<&Self>, now: Timestamp) -> Self {
        Self {
            upload,
            version: before.map_or(1, |before| before.version + 1),
            open_until: later(now, limits::UPLOAD_OPEN),
            needs: Vec::new(),
            expires_at: seconds(later(now, limits::UPLOAD_LIFETIME)),
        }
    }

    /// The same upload, needed by one generation more.
    pub(crate) fn needed(&self, generation: GenerationId, until: Timestamp, now: Timestamp) -> Self {
        let mut needed = self.clone();
        needed.version += 1;
        needed.needs.retain(|need| need.until > now);
        needed.needs.push(Need { generation, until });
        needed.expires_at = needed.expires_at.max(seconds(until));
        needed
    }

    /// Who still needs it, unless they have ended or sent it on since.
    fn needs(&self, now: Timestamp) -> impl Iterator<Item = GenerationId> {
        self.needs.iter().filter(move |need| need.until > now).map(|need| need.generation)
    }

    /// Whether it can be used: for a day.
    fn lives(&self, now: Timestamp) -> bool {
        self.upload.made_at().is_some_and(|made_at| now < later(made_at, limits::UPLOAD_LIFETIME))
    }

    /// When it makes room at the latest.
    fn held_until(&self) -> Timestamp {
        self.needs.iter().map(|need| need.until).fold(self.open_until, Timestamp::max)
    }
}

/// All places of an account.
#[derive(Debug, Clone)]
pub(crate) struct Slots(pub(crate) Vec<Option<Slot>>);

impl Slots {
    /// Where an upload lies that can be used.
    ///
    /// # Errors
    /// `not_found` for one that is unknown, another account's, or too old.
    pub(crate) fn of(&self, upload: UploadId, now: Timestamp) -> Result<(usize, &Slot)> {
        let slots = self.0.iter().enumerate().filter_map(|(n, slot)| Some((n, slot.as_ref()?)));
        let found = slots.filter(|(_, slot)| slot.lives(now)).find(|(_, slot)| slot.upload == upload);
        found.ok_or(Error::NotFound)
    }

    /// Whether an upload has its place.
    pub(crate) fn contain(&self, upload: UploadId) -> bool {
        self.0.iter().flatten().any(|slot| slot.upload == upload)
    }

    /// The place for a new upload: one that is empty (which one is `chance`'s), or else the
    /// oldest that may go. `waiting` says of a generation whether it has still to read its
    /// pictures.
    ///
    /// # Errors
    /// `too_many_uploads`.
    pub(crate) fn place(
        &self,
        chance: impl FnOnce(u64) -> u64,
        waiting: impl Fn(GenerationId) -> bool,
        now: Timestamp,
    ) -> Result<usize> {
        let empty: Vec<usize> = (0..self.0.len()).filter(|n| self.0[*n].is_none()).collect();
        if !empty.is_empty() {
            let at = usize::try_from(chance(empty.len() as u64)).unwrap_or_default();
            return Ok(empty[at % empty.len()]);
        }
        let slots = || self.0.iter().flatten().enumerate();
        let may_go = |slot: &Slot| slot.open_until <= now && !slot.needs(now).any(&waiting);
        let oldest = slots().filter(|(_, slot)| may_go(slot)).min_by_key(|(_, slot)| slot.upload);
        oldest.map(|(n, _)| n).ok_or_else(|| {
            let first = slots().map(|(_, slot)| slot.held_until()).min().unwrap_or(now);
            let retry_after = Duration::try_from(first.duration_since(now)).unwrap_or_default();
            Error::TooManyUploads { limit: limits::UPLOADS_MAX, retry_after }
        })
    }

    /// The generations whose state decides whether a place may go.
    pub(crate) fn in_doubt(&self, now: Timestamp) -> Vec<GenerationId> {
        let sent = self.0.iter().flatten().filter(|slot| slot.open_until <= now);
        let mut needs: Vec<_> = sent.flat_map(|slot| slot.needs(now)).collect();
        needs.sort_unstable();
        needs.dedup();
        // A batch reads 100 items. Of whom nothing is read, it is not known that they are done.
        needs.truncate(100);
        needs
    }
}

/// Whether a generation has still to read its pictures.
pub(crate) fn has_to_read(generation: &Generation) -> bool {
    use crate::GenerationStatus::{Queued, Submitting};
    matches!(generation.status, Queued | Submitting)
}

fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// An upload that was asked for then.
    fn upload(second: i64) -> UploadId {
        let millis = at(second).as_millisecond();
        format!("{:08x}-{:04x}-7000-8000-000000000000", millis >> 16, millis & 0xffff).parse().unwrap()
    }

    fn generation(n: u8) -> GenerationId {
        format!("01929e6b-6c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }

    fn taken(second: i64) -> Slot {
        Slot::taken(upload(second), None, at(second))
    }

    fn full() -> Slots {
        Slots((0..10).map(|n| Some(taken(n))).collect())
    }

    fn place(slots: &Slots, now: Timestamp) -> Result<usize> {
        slots.place(|_| 0, |_| true, now)
    }

    #[test]
    fn an_empty_place_is_taken_first_and_any_of_them() {
        let mut slots = full();
        (slots.0[3], slots.0[7]) = (None, None);
        let chosen = |chance: u64| slots.place(|among| chance % among, |_| true, at(1_000)).unwrap();
        assert_eq!((chosen(0), chosen(1), chosen(2)), (3, 7, 3));
    }

    #[test]
    fn the_oldest_goes_once_it_can_no_longer_be_sent() {
        let mut slots = full();
        slots.0.swap(0, 5);
        let refused = place(&slots, at(299)).unwrap_err();
        assert!(matches!(refused, Error::TooManyUploads { limit: 10, retry_after } if retry_after.as_secs() == 1));
        assert_eq!(place(&slots, at(300)).unwrap(), 5);
        assert_eq!(Slot::taken(upload(300), slots.0[5].as_ref(), at(300)).version, 2);
    }

    #[test]
    fn what_a_generation_has_still_to_read_stays() {
        let mut slots = full();
        slots.0[0] = Some(taken(0).needed(generation(1), at(900), at(10)).needed(generation(2), at(600), at(20)));
        assert_eq!(place(&slots, at(400)).unwrap(), 1, "the oldest that may go");
        assert_eq!(slots.in_doubt(at(400)), [generation(1), generation(2)]);
        assert_eq!(slots.in_doubt(at(700)), [generation(1)]);
        assert_eq!(place(&slots, at(900)).unwrap(), 0, "nobody needs it after the deadline");
        // Who has sent it on needs it no more.
        assert_eq!(slots.place(|_| 0, |id| id == generation(2), at(400)).unwrap(), 1);
        assert_eq!(slots.place(|_| 0, |_| false, at(400)).unwrap(), 0);
    }

    #[test]
    fn an_upload_can_be_used_for_a_day() {
        let slots = full();
        assert_eq!(slots.of(upload(4), at(5)).unwrap().0, 4);
        assert_eq!(slots.of(upload(4), at(4 + 86_399)).unwrap().0, 4);
        for (unknown, now) in [(upload(4), at(4 + 86_400)), (upload(77), at(80))] {
            assert_eq!(slots.of(unknown, now).unwrap_err().code(), "not_found");
        }
        // Needed beyond its day it stays there as long, and is not to be used anew.
        let needed = taken(0).needed(generation(1), at(90_000), at(86_000));
        assert_eq!((needed.expires_at, needed.lives(at(86_400))), (seconds(at(90_000)), false));
    }
}
