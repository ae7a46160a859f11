//! The ten upload slots of an account, and the rule for their reuse. Pure.
//!
//! A slot is occupied while its upload may be sent, and while a generation may still read its
//! picture: until the generation's deadline, or until the provider has the picture.

use crate::generation::{record::Generation, status::GenerationStatus};
use aws::seconds;
use kernel::{Error, GenerationId, Result, Timestamp, UploadId, later, limits};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An upload in its slot. It is stored under `upload#<n>` until another upload takes the slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) upload: UploadId,
    /// The number of writes to this slot. Each write demands the version that was read.
    pub(crate) version: u64,
    /// The time until which the picture may be sent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) open_until: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<Need>,
    /// In seconds, for DynamoDB's time to live. That deletes late, so every read checks the times.
    expires_at: i64,
}

/// A generation that has to read the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Need {
    generation: GenerationId,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    until: Timestamp,
}

impl Slot {
    /// A new upload in the slot that contained `before`.
    pub(crate) fn for_upload(upload: UploadId, before: Option<&Self>, now: Timestamp) -> Self {
        Self {
            upload,
            version: before.map_or(1, |before| before.version + 1),
            open_until: later(now, limits::UPLOAD_OPEN),
            needs: Vec::new(),
            expires_at: seconds(later(now, limits::UPLOAD_LIFETIME)),
        }
    }

    /// The same upload, with one more generation that has to read it.
    pub(crate) fn with_need(&self, generation: GenerationId, until: Timestamp, now: Timestamp) -> Self {
        let mut needed = self.clone();
        needed.version += 1;
        needed.needs.retain(|need| need.until > now);
        needed.needs.push(Need { generation, until });
        needed.expires_at = needed.expires_at.max(seconds(until));
        needed
    }

    /// The generations that had to read it when they were stored. They may have read it since.
    fn needs(&self, now: Timestamp) -> impl Iterator<Item = GenerationId> {
        self.needs.iter().filter(move |need| need.until > now).map(|need| need.generation)
    }

    /// Whether a generation may use it: for a day from its request.
    fn is_usable(&self, now: Timestamp) -> bool {
        self.upload.made_at().is_some_and(|made_at| now < later(made_at, limits::UPLOAD_LIFETIME))
    }

    /// The time from which the slot is certainly free.
    fn occupied_until(&self) -> Timestamp {
        self.needs.iter().map(|need| need.until).fold(self.open_until, Timestamp::max)
    }
}

/// All slots of an account, by number. `None` is an empty slot.
#[derive(Debug, Clone)]
pub(crate) struct Slots(pub(crate) Vec<Option<Slot>>);

impl Slots {
    /// The slot of an upload that a generation may use, with its number.
    ///
    /// # Errors
    /// `not_found` for an upload that is unknown, another account's, or too old.
    pub(crate) fn find(&self, upload: UploadId, now: Timestamp) -> Result<(usize, &Slot)> {
        let slots = self.0.iter().enumerate().filter_map(|(n, slot)| Some((n, slot.as_ref()?)));
        let found = slots.filter(|(_, slot)| slot.is_usable(now)).find(|(_, slot)| slot.upload == upload);
        found.ok_or(Error::NotFound)
    }

    /// Whether an upload has a slot.
    pub(crate) fn contains(&self, upload: UploadId) -> bool {
        self.0.iter().flatten().any(|slot| slot.upload == upload)
    }

    /// The number of the slot for a new upload: a random empty slot, or the oldest slot that is
    /// no longer occupied. `random` draws a number below its argument. `still_reads` tells
    /// whether a generation has still to read its pictures.
    ///
    /// # Errors
    /// `too_many_uploads` when every slot is occupied.
    pub(crate) fn free_slot(
        &self,
        random: impl FnOnce(u64) -> u64,
        still_reads: impl Fn(GenerationId) -> bool,
        now: Timestamp,
    ) -> Result<usize> {
        let empty: Vec<usize> = (0..self.0.len()).filter(|n| self.0[*n].is_none()).collect();
        if !empty.is_empty() {
            let at = usize::try_from(random(empty.len() as u64)).unwrap_or_default();
            return Ok(empty[at % empty.len()]);
        }
        let slots = || self.0.iter().flatten().enumerate();
        let is_free = |slot: &Slot| slot.open_until <= now && !slot.needs(now).any(&still_reads);
        let oldest = slots().filter(|(_, slot)| is_free(slot)).min_by_key(|(_, slot)| slot.upload);
        oldest.map(|(n, _)| n).ok_or_else(|| {
            let first = slots().map(|(_, slot)| slot.occupied_until()).min().unwrap_or(now);
            let retry_after = Duration::try_from(first.duration_since(now)).unwrap_or_default();
            Error::TooManyUploads { limit: limits::UPLOADS_MAX, retry_after }
        })
    }

    /// The generations whose state decides whether a slot is free, at most 100.
    pub(crate) fn undecided(&self, now: Timestamp) -> Vec<GenerationId> {
        let sent = self.0.iter().flatten().filter(|slot| slot.open_until <= now);
        let mut needs: Vec<_> = sent.flat_map(|slot| slot.needs(now)).collect();
        needs.sort_unstable();
        needs.dedup();
        // A batch reads at most 100 items. A generation that is not read counts as still reading.
        needs.truncate(100);
        needs
    }
}

/// Whether a generation has still to read its input pictures.
pub(crate) fn still_reads_inputs(generation: &Generation) -> bool {
    matches!(generation.status, GenerationStatus::Queued | GenerationStatus::Submitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// An upload that was requested at this second.
    fn upload(second: i64) -> UploadId {
        let millis = at(second).as_millisecond();
        format!("{:08x}-{:04x}-7000-8000-000000000000", millis >> 16, millis & 0xffff).parse().unwrap()
    }

    fn generation(n: u8) -> GenerationId {
        format!("01929e6b-6c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }

    fn slot(second: i64) -> Slot {
        Slot::for_upload(upload(second), None, at(second))
    }

    fn full() -> Slots {
        Slots((0..10).map(|n| Some(slot(n))).collect())
    }

    fn free_slot(slots: &Slots, now: Timestamp) -> Result<usize> {
        slots.free_slot(|_| 0, |_| true, now)
    }

    #[test]
    fn a_random_empty_slot_is_taken_first() {
        let mut slots = full();
        (slots.0[3], slots.0[7]) = (None, None);
        let chosen = |number: u64| slots.free_slot(|below| number % below, |_| true, at(1_000)).unwrap();
        assert_eq!((chosen(0), chosen(1), chosen(2)), (3, 7, 3));
    }

    #[test]
    fn the_oldest_slot_is_reused_once_its_upload_may_no_longer_be_sent() {
        let mut slots = full();
        slots.0.swap(0, 5);
        let refused = free_slot(&slots, at(299)).unwrap_err();
        assert!(matches!(refused, Error::TooManyUploads { limit: 10, retry_after } if retry_after.as_secs() == 1));
        assert_eq!(free_slot(&slots, at(300)).unwrap(), 5);
        assert_eq!(Slot::for_upload(upload(300), slots.0[5].as_ref(), at(300)).version, 2);
    }

    #[test]
    fn a_slot_stays_until_its_generations_have_read_it() {
        let mut slots = full();
        slots.0[0] = Some(slot(0).with_need(generation(1), at(900), at(10)).with_need(generation(2), at(600), at(20)));
        assert_eq!(free_slot(&slots, at(400)).unwrap(), 1, "the oldest slot that is not occupied");
        assert_eq!(slots.undecided(at(400)), [generation(1), generation(2)]);
        assert_eq!(slots.undecided(at(700)), [generation(1)]);
        assert_eq!(free_slot(&slots, at(900)).unwrap(), 0, "no generation reads it after the deadline");
        // A generation that was submitted no longer needs it.
        assert_eq!(slots.free_slot(|_| 0, |id| id == generation(2), at(400)).unwrap(), 1);
        assert_eq!(slots.free_slot(|_| 0, |_| false, at(400)).unwrap(), 0);
    }

    #[test]
    fn an_upload_can_be_used_for_a_day() {
        let slots = full();
        assert_eq!(slots.find(upload(4), at(5)).unwrap().0, 4);
        assert_eq!(slots.find(upload(4), at(4 + 86_399)).unwrap().0, 4);
        for (unknown, now) in [(upload(4), at(4 + 86_400)), (upload(77), at(80))] {
            assert_eq!(slots.find(unknown, now).unwrap_err().code(), "not_found");
        }
        // A need beyond its day keeps the slot, but no new generation may use the upload.
        let needed = slot(0).with_need(generation(1), at(90_000), at(86_000));
        assert_eq!((needed.expires_at, needed.is_usable(at(86_400))), (seconds(at(90_000)), false));
    }
}
