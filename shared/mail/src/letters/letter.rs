//! A letter: its words, and the two forms in which it is sent. Both forms are written from the same words, so they say
//! the same.

use crate::letters::{
    palette::{DARK, LIGHT, Palette},
    sender::Sender,
};
use askama::Template;
use kernel::{Error, Result};

/// Longest subject, in characters. Phones show about forty, and no program needs more.
const SUBJECT_CHARS: usize = 120;

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Text(String),
    /// A table of names and values.
    Facts(Vec<(String, String)>),
    /// A link that looks like a button.
    Action {
        /// Its words.
        label: &'static str,
        /// Its address.
        url: String,
    },
    /// A text that somebody wrote, in its own lines.
    Quote(String),
    /// A title of a part.
    Title(String),
}

impl Block {
    /// A paragraph.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The lines of a text.
    pub(crate) fn lines(text: &str) -> Vec<&str> {
        text.lines().collect()
    }
}

/// The words of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, one line.
    pub subject: String,
    /// The line that lists of mails show after the subject.
    pub(crate) preheader: String,
    /// The parts. The subject is the heading.
    pub(crate) blocks: Vec<Block>,
    /// Why the person gets this mail.
    pub(crate) why: &'static str,
}

impl Letter {
    /// A letter with these words.
    pub(crate) fn new(
        subject: impl AsRef<str>,
        preheader: impl Into<String>,
        why: &'static str,
        blocks: Vec<Block>,
    ) -> Self {
        Self { subject: one_line(subject.as_ref()), preheader: preheader.into(), blocks, why }
    }

    /// The letter as plain text.
    ///
    /// # Errors
    /// `internal` when it cannot be written.
    pub fn text(&self, sender: &Sender, unsubscribe: Option<&str>) -> Result<String> {
        TextForm { letter: self, sender, unsubscribe }.render().map_err(Error::internal)
    }

    /// The letter as HTML, for light and dark screens of any width. It requests nothing: no picture, no font, no style.
    ///
    /// # Errors
    /// `internal` when it cannot be written.
    pub fn html(&self, sender: &Sender, unsubscribe: Option<&str>) -> Result<String> {
        HtmlForm { letter: self, sender, unsubscribe, light: LIGHT, dark: DARK }.render().map_err(Error::internal)
    }
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextForm<'a> {
    letter: &'a Letter,
    sender: &'a Sender,
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlForm<'a> {
    letter: &'a Letter,
    sender: &'a Sender,
    unsubscribe: Option<&'a str>,
    light: Palette,
    dark: Palette,
}

/// A text as one line of at most 120 characters, without control characters: a line break in a subject would begin
/// another header.
fn one_line(text: &str) -> String {
    let words = text.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SUBJECT_CHARS) {
        Some((end, _)) => format!("{}\u{2026}", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        assert_eq!(one_line(" a\r\nBcc: eve@example.com\u{0}\tb "), "a Bcc: eve@example.com b");
        assert_eq!(one_line(&"\u{e9}".repeat(120)), "\u{e9}".repeat(120));
        assert_eq!(one_line(&"\u{e9}".repeat(121)), format!("{}\u{2026}", "\u{e9}".repeat(120)));
    }
}
