//! The answer of a command: aligned text for a person, JSON for a script.

use jiff::Timestamp;
use kernel::Note;
use serde::Serialize;
use serde_json::{Value, json};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    /// A paragraph as it is.
    Line(String),
    /// Names and values, aligned.
    Facts(Vec<(&'static str, String)>),
    /// A table with a head, aligned.
    Table(Vec<&'static str>, Vec<Vec<String>>),
}

/// The answer of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Report {
    blocks: Vec<Block>,
    next: Vec<String>,
    /// The options that a planned change still needs, if `--yes` is not enough.
    needed: Option<String>,
    pub(crate) json: Value,
}

impl Report {
    /// An answer with this JSON, still without text.
    pub(crate) fn new(json: Value) -> Self {
        Self { json, ..Self::default() }
    }

    /// Adds a paragraph.
    pub(crate) fn line(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Line(text.into()));
        self
    }

    /// Adds names and values.
    pub(crate) fn facts(mut self, facts: Vec<(&'static str, String)>) -> Self {
        self.blocks.push(Block::Facts(facts));
        self
    }

    /// Adds a table, or `empty` when it has no rows.
    pub(crate) fn table(mut self, head: &[&'static str], rows: Vec<Vec<String>>, empty: &str) -> Self {
        self.blocks.push(match rows.is_empty() {
            true => Block::Line(empty.to_owned()),
            false => Block::Table(head.to_vec(), rows),
        });
        self
    }

    /// Adds a line about what to do next.
    pub(crate) fn next(mut self, text: impl Into<String>) -> Self {
        self.next.push(text.into());
        self
    }

    /// Says which options a planned change still needs, if `--yes` is not enough.
    pub(crate) fn needs(self, options: String) -> Self {
        Self { needed: Some(options), ..self }
    }

    /// The options that a planned change still needs.
    pub(crate) fn needed(&self) -> &str {
        self.needed.as_deref().unwrap_or("--yes")
    }

    /// The text for a person.
    pub(crate) fn text(&self) -> String {
        let mut parts: Vec<String> = self.blocks.iter().map(Block::text).collect();
        if !self.next.is_empty() {
            let lines: String = self.next.iter().map(|line| format!("  {line}\n")).collect();
            parts.push(format!("Next:\n{lines}"));
        }
        parts.join("\n")
    }
}

impl Block {
    fn text(&self) -> String {
        match self {
            Self::Line(text) => format!("{text}\n"),
            Self::Facts(facts) => {
                let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
                facts.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
            }
            Self::Table(head, rows) => {
                let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
                let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
                let width = |column: usize| {
                    all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
                };
                let widths: Vec<usize> = (0..head.len()).map(width).collect();
                let line = |row: &Vec<String>| {
                    let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width));
                    format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
                };
                all.into_iter().map(line).collect()
            }
        }
    }
}

/// The end of a command that was not refused.
#[derive(Debug)]
pub(crate) enum CommandOutcome {
    /// It was done.
    Done(Report),
    /// It is a change without `--yes`: this is what it would do.
    Planned(Report),
}

/// A note, as JSON.
pub(crate) fn note_json(note: &Note) -> Value {
    json!({ "actor": note.actor(), "reason": note.reason() })
}

/// The word of a stored form.
pub(crate) fn word(value: impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

/// Marks each line of a text that a person wrote, so that none looks like a line of ours. Control
/// characters are replaced: a terminal would obey them.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |char: char| if char.is_control() && char != '\t' { char::REPLACEMENT_CHARACTER } else { char };
    let line = |line: &str| format!("> {}", line.chars().map(plain).collect::<String>());
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A number of things, in the singular or the plural.
pub(crate) fn counted(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// A time for a person, in UTC.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// An amount for a person, rounded to cents.
pub(crate) fn dollars(micro: u64) -> String {
    let cents = micro.saturating_add(5_000) / 10_000;
    format!("${}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_aligned_and_ends_with_what_to_do() {
        let report = Report::new(json!({}))
            .line("The account.")
            .facts(vec![("status", "frozen".to_owned()), ("credits held", "4".to_owned())])
            .table(
                &["lot", "left"],
                vec![vec!["wélcome".to_owned(), "50".to_owned()], vec!["x".to_owned(), "7".to_owned()]],
                "",
            )
            .table(&["never"], Vec::new(), "No sessions.")
            .next("cargo ops thaw ID");
        let expected = "The account.\n\n\
                        status        frozen\ncredits held  4\n\n\
                        lot      left\nwélcome  50\nx        7\n\n\
                        No sessions.\n\n\
                        Next:\n  cargo ops thaw ID\n";
        assert_eq!(report.text(), expected);
    }

    #[test]
    fn a_line_that_a_person_wrote_does_not_look_like_ours() {
        assert_eq!(quoted("help\nNext:\n  cargo ops freeze"), "> help\n> Next:\n>   cargo ops freeze");
        assert_eq!(quoted("a\u{1b}[2Jb\tc"), "> a\u{fffd}[2Jb\tc", "a terminal obeys no text of a person");
    }

    #[test]
    fn one_thing_is_in_the_singular() {
        for (number, text) in [(0, "0 pages"), (1, "1 page"), (2, "2 pages")] {
            assert_eq!(counted(number, "page", "pages"), text);
        }
    }

    #[test]
    fn times_are_in_utc_and_amounts_in_cents() {
        assert_eq!(time("2026-11-30T03:00:00.5+01:00".parse().unwrap()), "2026-11-30 02:00:00 UTC");
        for (micro, text) in
            [(0, "$0.00"), (4_999, "$0.00"), (5_000, "$0.01"), (17_034_000, "$17.03"), (u64::MAX, "$18446744073709.55")]
        {
            assert_eq!(dollars(micro), text);
        }
    }
}
