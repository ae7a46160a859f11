//! A document, and the parts of a published version.

use jiff::civil::Date;
use ring::digest::{SHA256, digest};
use std::fmt::Write;

/// A document that has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The privacy policy.
    Policy,
    /// The terms.
    Terms,
    /// The legal notice, with the imprint.
    Legal,
    /// The statement on accessibility.
    Accessibility,
}

impl Document {
    /// All documents.
    pub const ALL: [Self; 4] = [Self::Policy, Self::Terms, Self::Legal, Self::Accessibility];

    /// The name in hashes and in records of acceptance.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Terms => "terms",
            Self::Legal => "legal",
            Self::Accessibility => "accessibility",
        }
    }

    /// The path of its page. A version has the path `<path>/<id>`.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Policy => "/privacy",
            Self::Terms => "/terms",
            Self::Legal => "/legal",
            Self::Accessibility => "/accessibility",
        }
    }

    /// The title for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Policy => "Privacy policy",
            Self::Terms => "Terms",
            Self::Legal => "Legal notice",
            Self::Accessibility => "Accessibility",
        }
    }
}

/// One version of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The document.
    pub document: Document,
    /// Its id: the day on which it becomes effective.
    pub id: &'static str,
    /// The day (UTC) from which it is effective.
    pub effective_on: Date,
    /// Its change, in one sentence. Empty for the first version.
    pub summary: &'static str,
    /// Whether the text waits for the review of counsel. The page says so.
    pub for_counsel: bool,
    /// Its sections, in order.
    pub sections: &'static [Section],
}

/// A section under a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The anchor of its heading in the page.
    pub anchor: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Its sentences. Each is a paragraph of its own.
    pub sentences: &'static [Sentence],
}

/// A sentence, or a few that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// The text. It may have fields of the operator, such as `{operator_name}`.
    pub text: &'static str,
    /// The promise that it makes or belongs to. Every sentence of the policy names one.
    pub promise: Option<&'static str>,
    /// The key of the period of retention that it states, in the words of the register.
    pub retention: Option<&'static str>,
}

impl Sentence {
    /// A sentence of the policy, with its promise.
    pub(crate) const fn of(promise: &'static str, text: &'static str) -> Self {
        Self { text, promise: Some(promise), retention: None }
    }

    /// A sentence of the policy that states a period of retention.
    pub(crate) const fn period(promise: &'static str, retention: &'static str, text: &'static str) -> Self {
        Self { text, promise: Some(promise), retention: Some(retention) }
    }

    /// A sentence of another document.
    pub(crate) const fn plain(text: &'static str) -> Self {
        Self { text, promise: None, retention: None }
    }
}

impl Version {
    /// All sentences, each with its section.
    pub fn sentences(&self) -> impl Iterator<Item = (&'static Section, &'static Sentence)> {
        self.sections.iter().flat_map(|section| section.sentences.iter().map(move |sentence| (section, sentence)))
    }

    /// The text that the hash is made of. Fields of the operator are in it by their names.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut text = format!("{} {}\n{}\n", self.document.as_str(), self.id, self.summary);
        for section in self.sections {
            let _ = writeln!(text, "\n# {} {}", section.anchor, section.title);
            for sentence in section.sentences {
                let _ = writeln!(text, "{} {}", sentence.promise.unwrap_or("-"), sentence.text);
            }
        }
        text
    }

    /// The SHA-256 of [`Self::canonical_text`], as 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(digest(&SHA256, self.canonical_text().as_bytes()))
    }
}
