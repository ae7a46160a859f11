//! The request in a subject.

use crate::words::{
    fold::{fold, has_override, has_phrase, letters, look},
    kind::RequestKind,
    phrases::{DELETE, DELETE_INSIDE, FORWARDS, KEEP, OTHERS, REPLIES},
};
use std::sync::LazyLock;

/// How clearly a text asks for a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// The subject is "Delete Account" or a translation, and nothing else.
    Exact,
    /// The subject has the phrase inside, or another phrase for it.
    Inside,
    /// The subject says it only if its charset is guessed, or an encoded word is decoded twice.
    Guessed,
    /// The subject only looks like it (letters of other scripts, digits, accents, invisible characters), or has characters
    /// that change the direction.
    Disguised,
    /// There are several Subject headers. Readers may show different ones, whatever they say.
    Doubled,
    /// The body alone asks for it.
    Body,
    /// The subject asks for it, and the body asks to keep the account.
    Contradicted,
}

/// The request in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To delete the account.
    Delete(Wording),
    /// To keep an account that is closing.
    Keep,
    /// Something else.
    Other(RequestKind),
}

/// The meaning of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `None` if it asks for nothing that is known.
    pub(crate) request: Option<Request>,
    /// Whether it has the prefix of a reply.
    pub(crate) is_reply: bool,
    /// Whether it has the prefix of a forward.
    pub(crate) is_forward: bool,
}

impl Subject {
    /// Reads a subject, and the subjects that other readers may show.
    pub(crate) fn read(shown: &str, others: &[String]) -> Self {
        let (text, is_reply, is_forward) = without_prefixes(fold(shown));
        let others: Vec<_> = others.iter().map(|other| without_prefixes(fold(other)).0).collect();
        let is_turned = has_override(shown) || others.iter().any(|other| has_override(other));
        let seen = look(&text);
        let request = match () {
            () if is_turned => Some(Request::Delete(Wording::Disguised)),
            () if EXACT.contains(&text) => Some(Request::Delete(Wording::Exact)),
            () if asks_to_keep(&text) => Some(Request::Keep),
            () if asks_to_delete(&text) => Some(Request::Delete(Wording::Inside)),
            () if others.iter().any(|other| EXACT.contains(other) || asks_to_delete(other)) => {
                Some(Request::Delete(Wording::Guessed))
            }
            () if LOOKS.contains(&seen) || asks_to_delete(&seen) => Some(Request::Delete(Wording::Disguised)),
            () => other_request(&text).map(Request::Other),
        };
        Self { request, is_reply, is_forward }
    }
}

/// The phrases of [`DELETE`] in the form in which subjects are compared.
static EXACT: LazyLock<Vec<String>> = LazyLock::new(|| deletions().map(fold).collect());
/// The phrases of [`DELETE`] as they look.
static LOOKS: LazyLock<Vec<String>> = LazyLock::new(|| EXACT.iter().map(|phrase| look(phrase)).collect());
/// All phrases that ask for a deletion where they stand in a text.
static INSIDE: LazyLock<Vec<String>> = LazyLock::new(|| spaced(deletions().chain(DELETE_INSIDE)));
/// The phrases of [`KEEP`].
static KEEPING: LazyLock<Vec<String>> = LazyLock::new(|| spaced(KEEP.into_iter()));
/// The words of [`OTHERS`].
static OTHER_WORDS: LazyLock<Vec<(RequestKind, Vec<String>)>> =
    LazyLock::new(|| OTHERS.iter().map(|(kind, words)| (*kind, spaced(words.iter().copied()))).collect());

fn deletions() -> impl Iterator<Item = &'static str> {
    DELETE.into_iter().flatten().copied()
}

fn spaced(phrases: impl Iterator<Item = &'static str>) -> Vec<String> {
    phrases.map(|phrase| letters(&fold(phrase))).collect()
}

fn has_any(text: &str, phrases: &[String]) -> bool {
    phrases.iter().any(|phrase| has_phrase(text, phrase))
}

/// Whether a folded text asks somewhere for a deletion.
pub(crate) fn asks_to_delete(text: &str) -> bool {
    has_any(&letters(text), &INSIDE)
}

/// Whether a folded text asks somewhere to keep an account.
pub(crate) fn asks_to_keep(text: &str) -> bool {
    has_any(&letters(text), &KEEPING)
}

/// Which other request a folded text names first, in the order of the table.
pub(crate) fn other_request(text: &str) -> Option<RequestKind> {
    let text = letters(text);
    OTHER_WORDS.iter().find(|(_, words)| has_any(&text, words)).map(|(kind, _)| *kind)
}

/// The folded subject without prefixes such as `re:`, `aw[2]:` and `答复:`, and whether one was of a reply or a forward.
fn without_prefixes(subject: String) -> (String, bool, bool) {
    let (mut text, mut is_reply, mut is_forward) = (subject.as_str(), false, false);
    while let Some((before, after)) = text.split_once(':') {
        let count = |char: char| char.is_ascii_digit() || "[]()^ ".contains(char);
        let prefix = before.trim_end_matches(count);
        match (REPLIES.contains(&prefix), FORWARDS.contains(&prefix)) {
            (false, false) => break,
            (reply, forward) => {
                is_reply |= reply;
                is_forward |= forward;
            }
        }
        text = after.trim_start();
    }
    (text.to_owned(), is_reply, is_forward)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(subject: &str) -> Option<Request> {
        Subject::read(subject, &[]).request
    }

    #[test]
    fn each_phrase_of_the_table_is_a_request_also_in_capitals() {
        for phrase in DELETE.iter().flat_map(|language| language.iter()) {
            assert_eq!(read(phrase), Some(Request::Delete(Wording::Exact)), "{phrase}");
            let loud = format!(" {}! ", phrase.to_uppercase());
            assert_eq!(read(&loud), Some(Request::Delete(Wording::Exact)), "{loud}");
        }
    }

    #[test]
    fn prefixes_are_read_and_say_that_it_is_a_reply_or_a_forward() {
        for (subject, is_reply, is_forward) in [
            ("Delete Account", false, false),
            ("Re: Delete Account", true, false),
            ("AW: RE: Delete Account", true, false),
            ("Re[2]: Delete Account", true, false),
            ("RE (3) : Delete Account", true, false),
            ("答复：Delete Account", true, false),
            ("回复: Delete Account", true, false),
            ("Fwd: Delete Account", false, true),
            ("WG: AW: Delete Account", true, true),
            ("RV: Delete Account", false, true),
            ("TR : Delete Account", false, true),
        ] {
            let expected = Subject { request: Some(Request::Delete(Wording::Exact)), is_reply, is_forward };
            assert_eq!(Subject::read(subject, &[]), expected, "{subject}");
        }
    }

    #[test]
    fn other_wordings_are_told_apart() {
        for (subject, expected) in [
            ("Please delete my account now", Some(Request::Delete(Wording::Inside))),
            ("Note: Delete Account", Some(Request::Delete(Wording::Inside))),
            ("Dеlete Account", Some(Request::Delete(Wording::Disguised))),
            ("De1ete Acc0unt", Some(Request::Delete(Wording::Disguised))),
            ("Del\u{200b}ete Account", Some(Request::Delete(Wording::Disguised))),
            ("tnuoccA \u{202e}eteleD", Some(Request::Delete(Wording::Disguised))),
            ("Konto loschen", Some(Request::Delete(Wording::Disguised))),
            ("Do not delete my account", Some(Request::Keep)),
            ("Don’t delete account", Some(Request::Keep)),
            ("Please refund my last payment", Some(Request::Other(RequestKind::Refund))),
            ("Data access request", Some(Request::Other(RequestKind::Access))),
            ("Hello", None),
            ("", None),
        ] {
            assert_eq!(read(subject), expected, "{subject:?}");
        }
        let guessed = Subject::read("Konto l\u{fffd}schen", &["Konto löschen".to_owned()]);
        assert_eq!(guessed.request, Some(Request::Delete(Wording::Guessed)));
    }
}
