//! The number of items and objects that an account has, by slice.

use accounts::Subject;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The size of a slice's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DataCount {
    /// Items in tables.
    pub items: u64,
    /// Versions, delete markers and multipart uploads in buckets.
    pub objects: u64,
}

/// Counts by slice.
pub(crate) type Counts = BTreeMap<String, DataCount>;

/// All data of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inventory {
    /// The counts by slice. Slices without data have no entry.
    pub(crate) counts: Counts,
    /// The partitions of the reverse keys, which lead to the account.
    pub(crate) reverse: BTreeSet<String>,
    /// The identities that lead to the account.
    pub(crate) subjects: Vec<Subject>,
}

impl Inventory {
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds a count to a slice, unless the count is zero.
    pub(crate) fn add(&mut self, slice: &str, count: DataCount) {
        if count != DataCount::default() {
            add(&mut self.counts, slice, count);
        }
    }
}

/// The sum of two counts, slice by slice.
pub(crate) fn sum(mut counts: Counts, more: &Counts) -> Counts {
    more.iter().for_each(|(slice, count)| add(&mut counts, slice, *count));
    counts
}

fn add(counts: &mut Counts, slice: &str, count: DataCount) {
    let so_far = counts.entry(slice.to_owned()).or_default();
    so_far.items += count.items;
    so_far.objects += count.objects;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_slice_by_slice() {
        let counts = |items| Counts::from([("media".to_owned(), DataCount { items, objects: 2 })]);
        let both = sum(sum(Counts::new(), &counts(1)), &counts(3));
        assert_eq!(both["media"], DataCount { items: 4, objects: 4 });
    }
}
