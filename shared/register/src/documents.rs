//! The published documents: the privacy policy, the terms, the legal notice and the statement on accessibility, each
//! in all its versions.
//!
//! A published version is never changed. A test pins the hash of each; a change needs a new version.

mod accessibility;
mod difference;
mod legal;
mod policy_2026_11_24;
mod policy_2026_12_15;
mod published;
mod terms;

use jiff::{Span, civil::Date};

pub use difference::{Change, ChangeKind, difference};
pub use published::{Document, Section, Sentence, Version};

/// The days for which a new version is announced on the home page, after the day on which it became effective. A
/// person who comes once a month sees it.
pub const ANNOUNCED_DAYS: i64 = 60;

/// All versions of a document, newest last. There is at least one.
#[must_use]
pub fn versions(document: Document) -> &'static [Version] {
    match document {
        Document::Policy => &POLICY,
        Document::Terms => &TERMS,
        Document::Legal => &LEGAL,
        Document::Accessibility => &ACCESSIBILITY,
    }
}

static POLICY: [Version; 2] = [policy_2026_11_24::VERSION, policy_2026_12_15::VERSION];
static TERMS: [Version; 1] = [terms::VERSION];
static LEGAL: [Version; 1] = [legal::VERSION];
static ACCESSIBILITY: [Version; 1] = [accessibility::VERSION];

/// The version of this id.
#[must_use]
pub fn version(document: Document, id: &str) -> Option<&'static Version> {
    versions(document).iter().find(|version| version.id == id)
}

/// The newest version that is effective on this day (UTC). Before the first version is effective, it is the first.
#[must_use]
pub fn current(document: Document, today: Date) -> &'static Version {
    let first = match document {
        Document::Policy => &POLICY[0],
        Document::Terms => &TERMS[0],
        Document::Legal => &LEGAL[0],
        Document::Accessibility => &ACCESSIBILITY[0],
    };
    versions(document).iter().rev().find(|version| version.effective_on <= today).unwrap_or(first)
}

/// The version to announce on this day (UTC): one that becomes effective later, or that became effective within the
/// last [`ANNOUNCED_DAYS`]. The first version of a document is no change and is never announced.
#[must_use]
pub fn announced(document: Document, today: Date) -> Option<&'static Version> {
    let until = |version: &Version| version.effective_on.saturating_add(Span::new().days(ANNOUNCED_DAYS));
    versions(document).iter().skip(1).rev().find(|version| today <= until(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        operator::Operator,
        promises::{PROMISES, promise},
        retention::retention,
        vendors::VENDORS,
    };
    use jiff::civil::date;
    use std::collections::BTreeSet;

    /// The hash of every published version.
    const PUBLISHED: [(Document, &str, &str); 5] = [
        (Document::Policy, "2026-11-24", "73b335fc07b6ecdf6e6f505c251ccf7186073bc0402322ba0406042e09f6dec8"),
        (Document::Policy, "2026-12-15", "7b3c6714fcf8b62695e26a9b7053380aeebefb9ee032d9580b83c0e836530912"),
        (Document::Terms, "2026-12-01", "e853f57e5430b9367b35d315cf0e438a8d11560ff19fc9b2f87f00bbab74e485"),
        (Document::Legal, "2026-12-01", "544dc907b007fd214e45a47272b3ba4e5ae6de5ad5e06562be61c57ecd48130a"),
        (Document::Accessibility, "2026-12-01", "a8e05d10d90522c9af69f02c601828eaf4791ae43ad312a3462298c9266c8768"),
    ];

    fn all() -> impl Iterator<Item = &'static Version> {
        Document::ALL.into_iter().flat_map(versions)
    }

    #[test]
    fn a_published_version_is_never_changed() {
        let real: Vec<_> = all().map(|version| (version.document, version.id, version.hash())).collect();
        let pinned = PUBLISHED.map(|(document, id, hash)| (document, id, hash.to_owned()));
        assert_eq!(real, pinned, "do not change a published version: add a new one, and pin its hash here");
    }

    #[test]
    fn versions_come_in_the_order_of_their_days() {
        for document in Document::ALL {
            let days: Vec<_> = versions(document).iter().map(|version| version.effective_on).collect();
            assert!(days.is_sorted_by(|one, next| one < next), "{document:?}: {days:?}");
            for it in versions(document) {
                assert_eq!((it.document, it.id), (document, it.effective_on.to_string().as_str()));
                assert_eq!(version(document, it.id), Some(it));
            }
            assert!(
                versions(document).iter().skip(1).all(|it| !it.summary.is_empty()),
                "{document:?}: say what changes"
            );
        }
        assert_eq!(version(Document::Policy, "2026-11-25"), None);
    }

    #[test]
    fn every_sentence_of_the_policy_names_its_promise_and_every_promise_has_one() {
        for version in versions(Document::Policy) {
            let mut made = BTreeSet::new();
            for (_, sentence) in version.sentences() {
                let id = sentence.promise.and_then(promise).map(|promise| promise.id);
                assert!(id.is_some(), "{}: name the promise of {:?}", version.id, sentence.text);
                made.extend(id);
            }
            let missing: Vec<_> = PROMISES.iter().filter(|promise| !made.contains(promise.id)).collect();
            assert!(missing.is_empty(), "{}: no sentence makes {missing:?}", version.id);
        }
    }

    #[test]
    fn the_newest_policy_says_the_periods_of_the_register_and_names_its_vendors() {
        let newest = POLICY.last().unwrap();
        let mut stated = BTreeSet::new();
        for (_, sentence) in newest.sentences() {
            let Some(key) = sentence.retention else { continue };
            let period = retention(key).unwrap_or_else(|| panic!("{key} is no period of the register"));
            let text = sentence.text;
            assert!(text.contains(period.how_long), "{text:?} must say {:?}: publish a new version", period.how_long);
            stated.insert(key);
        }
        assert!(stated.len() >= 8, "the policy states too few periods: {stated:?}");
        let text = newest.canonical_text();
        let unnamed: Vec<_> = VENDORS.iter().filter(|vendor| !text.contains(vendor.name)).collect();
        assert!(unnamed.is_empty(), "the policy does not name {unnamed:#?}: publish a new version");
    }

    #[test]
    fn texts_are_plain_and_anchors_are_unique() {
        let operator = Operator {
            name: "Studio".to_owned(),
            address: "Street 1".to_owned(),
            country: "Country".to_owned(),
            support_address: "help@example.com".to_owned(),
            vat_id: "X1".to_owned(),
            register_entry: "R1".to_owned(),
            minimum_age: "18".to_owned(),
        };
        for version in all() {
            let mut anchors = BTreeSet::new();
            for section in version.sections {
                assert!(anchors.insert(section.anchor), "{:?} {}: {}", version.document, version.id, section.anchor);
                assert!(!section.sentences.is_empty() && !section.title.is_empty());
            }
            for (_, sentence) in version.sentences() {
                let text = operator.fill(sentence.text);
                assert!(!text.contains(['{', '}', '\n', '<']) && !text.contains("  "), "{text:?}");
            }
        }
    }

    #[test]
    fn the_version_of_a_day_is_the_newest_that_is_effective() {
        let id = |day| current(Document::Policy, day).id;
        assert_eq!(id(date(2020, 1, 1)), "2026-11-24", "nothing older is known");
        assert_eq!(id(date(2026, 12, 14)), "2026-11-24");
        assert_eq!(id(date(2026, 12, 15)), "2026-12-15");
        assert_eq!(id(date(2030, 1, 1)), POLICY.last().unwrap().id);
    }

    #[test]
    fn a_change_is_announced_before_and_for_a_while_after_it() {
        let announced = |document, day| announced(document, day).map(|version| version.id);
        assert_eq!(announced(Document::Policy, date(2026, 12, 1)), Some("2026-12-15"));
        let last = date(2026, 12, 15).saturating_add(Span::new().days(ANNOUNCED_DAYS));
        assert_eq!(announced(Document::Policy, last), Some("2026-12-15"));
        assert_eq!(announced(Document::Policy, last.tomorrow().unwrap()), None);
        assert_eq!(announced(Document::Terms, date(2026, 12, 1)), None, "a first version is no change");
    }

    #[test]
    fn the_two_versions_of_the_policy_differ() {
        let [old, new] = &POLICY;
        let changes = difference(old, new);
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        assert_eq!(count(ChangeKind::Kept) + count(ChangeKind::Removed), old.sentences().count());
        assert_eq!(count(ChangeKind::Kept) + count(ChangeKind::Added), new.sentences().count());
        assert!(count(ChangeKind::Added) > 0, "a version without a difference is no version");
        assert_ne!(old.hash(), new.hash());
    }
}
