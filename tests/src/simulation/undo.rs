//! The record of a simulation about deletions that can be undone.

use super::coverage;
use generations::Generation;
use jiff::Timestamp;
use kernel::{GenerationId, later, limits};
use std::collections::BTreeSet;
use testkit::Random;

/// The deletions with undo of a simulation. They have random numbers of their own, so that they change no
/// other draw.
pub(super) struct Undo {
    pub(super) random: Random,
    /// Deletions that nobody has undone yet, by person.
    pub(super) open: Vec<(usize, String)>,
    /// The generations that were brought back at least once.
    pub(super) brought_back: BTreeSet<GenerationId>,
    /// Every request whose writes are not checked yet began at this time or later.
    since: Timestamp,
}

impl Undo {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        let (open, brought_back) = (Vec::new(), BTreeSet::new());
        Self { random: Random::stream(seed, "undo"), open, brought_back, since: now }
    }

    /// Every write until now is checked.
    pub(super) fn is_checked(&mut self, now: Timestamp) {
        self.since = now;
    }

    /// Checks what became of the mark of a deletion, and counts a generation that came back.
    pub(super) fn check_mark(&mut self, before: &Generation, now: &Generation, events: &mut coverage::Events) {
        let window = |at: Timestamp| later(at, limits::UNDO_WINDOW);
        match ((before.deleted_at, before.undo_until), (now.deleted_at, now.undo_until)) {
            ((None, _), (None, until)) => assert_eq!(until, None, "only a deletion is undone: {now:?}"),
            ((None, _), (Some(at), until)) => {
                assert!(until.is_none_or(|until| until == window(at)), "it can be undone for another time: {now:?}");
            }
            ((Some(_), None), (at, until)) => {
                assert!(at.is_some() && until.is_none(), "a final deletion was undone: {now:?}");
            }
            ((Some(_), Some(until)), (None, _)) => {
                let since = self.since;
                assert!(since < until, "at {since} or later a deletion was undone, and its time ended at {until}");
                self.brought_back.insert(now.id);
                coverage::count_return(events, before.owes_thumbnails);
            }
            ((Some(_), Some(_)), (Some(_), None)) => {}
            (known, repeated) => assert_eq!(known, repeated, "a repeated deletion has the times of the first: {now:?}"),
        }
    }
}
