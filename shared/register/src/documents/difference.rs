//! The difference between two versions of a document, by sentences.

use crate::documents::published::{Section, Sentence, Version};

/// Whether a sentence is in one version or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is in both versions.
    Kept,
    /// It is only in the new version.
    Added,
    /// It was only in the old version.
    Removed,
}

/// One sentence of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Whether it was kept, added or removed.
    pub kind: ChangeKind,
    /// Its section: in the new version, or in the old one if it was removed.
    pub section: &'static Section,
    /// The sentence.
    pub sentence: &'static Sentence,
}

type Line = (&'static Section, &'static Sentence);

/// The sentences of both versions in reading order, by their longest common subsequence. Of a changed sentence the old
/// form comes before the new one.
#[must_use]
pub fn difference(old: &Version, new: &Version) -> Vec<Change> {
    let (old, new): (Vec<Line>, Vec<Line>) = (old.sentences().collect(), new.sentences().collect());
    compare(&old, &new)
}

fn compare(mut old: &[Line], mut new: &[Line]) -> Vec<Change> {
    let mut changes = Vec::with_capacity(old.len() + new.len());
    let lengths = common(old, new);
    let length = |old: &[Line], new: &[Line]| lengths.get(old.len()).and_then(|row| row.get(new.len())).copied();
    loop {
        let (kind, (section, sentence)) = match (old.split_first(), new.split_first()) {
            (Some((before, rest)), Some((after, others))) if before.1.text == after.1.text => {
                (old, new) = (rest, others);
                (ChangeKind::Kept, *after)
            }
            (Some((before, rest)), after)
                if after.is_none_or(|(_, others)| length(rest, new) >= length(old, others)) =>
            {
                old = rest;
                (ChangeKind::Removed, *before)
            }
            (_, Some((after, others))) => {
                new = others;
                (ChangeKind::Added, *after)
            }
            _ => return changes,
        };
        changes.push(Change { kind, section, sentence });
    }
}

/// For each number of last sentences of both, the length of their longest common subsequence.
fn common(old: &[Line], new: &[Line]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for (_, before) in old.iter().rev() {
        let mut row = vec![0];
        let below = rows.last().map_or(&[][..], Vec::as_slice);
        for ((_, after), pair) in new.iter().rev().zip(below.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let left = row.last().copied().unwrap_or_default();
            row.push(if before.text == after.text { diagonal + 1 } else { left.max(*above) });
        }
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    static SECTION: Section = Section {
        anchor: "a",
        title: "A",
        sentences: &[Sentence::plain("a"), Sentence::plain("b"), Sentence::plain("c"), Sentence::plain("d")],
    };

    fn lines(letters: &str) -> Vec<Line> {
        let sentence = |letter: char| SECTION.sentences.iter().find(|it| it.text == letter.to_string()).unwrap();
        letters.chars().map(|letter| (&SECTION, sentence(letter))).collect()
    }

    fn shown(old: &str, new: &str) -> String {
        let mark = |kind| match kind {
            ChangeKind::Kept => ' ',
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
        };
        let changes = compare(&lines(old), &lines(new));
        changes.iter().map(|it| format!("{}{}", mark(it.kind), it.sentence.text)).collect()
    }

    #[test]
    fn added_removed_and_kept_sentences_come_in_reading_order() {
        for (old, new, difference) in [
            ("", "", ""),
            ("", "ab", "+a+b"),
            ("ab", "", "-a-b"),
            ("abc", "abc", " a b c"),
            ("abd", "acd", " a-b+c d"),
            ("abc", "cab", "+c a b-c"),
            ("abcd", "bd", "-a b-c d"),
            ("aab", "ab", " a-a b"),
        ] {
            assert_eq!(shown(old, new), difference, "{old} to {new}");
        }
    }

    #[test]
    fn both_versions_can_be_read_out_of_the_difference() {
        for (old, new) in [("abcd", "dcba"), ("aabbc", "abcab"), ("dddd", "dd"), ("abc", "d")] {
            let changes = compare(&lines(old), &lines(new));
            let read = |without| -> String {
                changes.iter().filter(|it| it.kind != without).map(|it| it.sentence.text).collect()
            };
            assert_eq!((read(ChangeKind::Added), read(ChangeKind::Removed)), (old.to_owned(), new.to_owned()));
        }
    }
}
