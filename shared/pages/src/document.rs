//! `/privacy`, `/terms`, `/legal` and `/accessibility`, in all their versions.

use crate::{
    shell::{Shell, written},
    words,
};
use askama::Template;
use jiff::civil::Date;
use kernel::Result;
use register::{
    documents::{ChangeKind, Document, Version, current, difference, version, versions},
    operator::Operator,
};

/// A sentence, and whether a change added or removed it.
struct Line {
    kind: ChangeKind,
    text: String,
}

impl Line {
    fn is_added(&self) -> bool {
        self.kind == ChangeKind::Added
    }

    fn is_removed(&self) -> bool {
        self.kind == ChangeKind::Removed
    }
}

/// A section.
struct Part {
    anchor: &'static str,
    title: &'static str,
    lines: Vec<Line>,
}

/// Two versions that the page compares.
struct Comparison {
    from: &'static str,
    to: &'static str,
    /// The days on which they come into force.
    days: [String; 2],
    summary: &'static str,
}

#[derive(Template)]
#[template(path = "document.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    document: Document,
    version: &'static Version,
    /// The version that applies today.
    applies: &'static Version,
    comparison: Option<Comparison>,
    parts: Vec<Part>,
    /// All versions with their days, newest first.
    all: Vec<(&'static Version, String)>,
    today: Date,
}

impl Page<'_> {
    /// A day for people.
    fn day(&self, date: &Date) -> String {
        words::day(*date)
    }

    /// Whether the version on the page is still to come.
    fn is_ahead(&self) -> bool {
        self.version.effective_on > self.today
    }
}

/// The page of the current version, or of the version of this id, which shows what changed. `None` if there is no such
/// version.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn render(
    shell: &Shell<'_>,
    document: Document,
    id: Option<&str>,
    operator: &Operator,
    today: Date,
) -> Result<Option<String>> {
    let applies = current(document, today);
    let Some(shown) = id.map_or(Some(applies), |id| version(document, id)) else { return Ok(None) };
    let compared = id.and_then(|_| compared(document, shown, applies));
    let parts = match compared {
        Some((old, new)) => changed(old, new, operator),
        None => plain(shown, operator),
    };
    let comparison = compared.map(|(old, new)| Comparison {
        from: old.id,
        to: new.id,
        days: [old, new].map(|version| words::day(version.effective_on)),
        summary: new.summary,
    });
    let all = versions(document).iter().rev().map(|version| (version, words::day(version.effective_on))).collect();
    written(&Page { shell, document, version: shown, applies, comparison, parts, all, today }).map(Some)
}

/// The two versions that a page of one version compares: an older one with the current one, any other one with the one
/// before it.
fn compared(
    document: Document,
    shown: &'static Version,
    applies: &'static Version,
) -> Option<(&'static Version, &'static Version)> {
    if shown.effective_on < applies.effective_on {
        return Some((shown, applies));
    }
    let before = versions(document).iter().rev().find(|version| version.effective_on < shown.effective_on)?;
    Some((before, shown))
}

/// The sections of one version.
fn plain(version: &Version, operator: &Operator) -> Vec<Part> {
    let line = |text: &str| Line { kind: ChangeKind::Kept, text: operator.fill(text) };
    let part = |section: &register::documents::Section| Part {
        anchor: section.anchor,
        title: section.title,
        lines: section.sentences.iter().map(|sentence| line(sentence.text)).collect(),
    };
    version.sections.iter().map(part).collect()
}

/// The sections of both versions, with the sentences of both. A section that both have is one part.
fn changed(old: &Version, new: &Version, operator: &Operator) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for change in difference(old, new) {
        let line = Line { kind: change.kind, text: operator.fill(change.sentence.text) };
        let (anchor, title) = (change.section.anchor, change.section.title);
        match parts.iter_mut().find(|part| part.anchor == anchor) {
            Some(part) => part.lines.push(line),
            None => parts.push(Part { anchor, title, lines: vec![line] }),
        }
    }
    parts
}
