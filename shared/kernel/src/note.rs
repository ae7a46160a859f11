//! The note of a change by an operator or a rule: its actor and its reason.

use crate::{
    error::{Error, Result},
    text::bounded,
};
use serde::{Deserialize, Serialize};

/// Longest actor, in bytes.
const ACTOR_BYTES: usize = 64;

/// Longest reason, in characters. The person reads it in their statement.
const REASON_CHARS: usize = 200;

/// The actor and the reason of a change. It is stored with the change, so the export contains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    actor: String,
    reason: String,
}

impl Note {
    /// A note. The actor is a role or a rule, such as `support` or `outage-2027-03`: 1 to 64
    /// characters of `a-z 0-9 . - _`, never a person's address. The reason is one line of 1 to 200
    /// characters, which the person reads.
    ///
    /// # Errors
    /// `invalid` when the actor or the reason has another form.
    pub fn new(actor: &str, reason: &str) -> Result<Self> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if actor.is_empty() || actor.len() > ACTOR_BYTES || !actor.bytes().all(known) {
            return Err(Error::invalid("actor", "Name a role or a rule: 1 to 64 characters of a-z 0-9 . - _"));
        }
        let Some(reason) = bounded(reason, REASON_CHARS).filter(|reason| !reason.chars().any(char::is_control)) else {
            return Err(Error::invalid("reason", "Say why in one line of 1 to 200 characters."));
        };
        Ok(Self { actor: actor.to_owned(), reason: reason.to_owned() })
    }

    /// The role or the rule that made the change.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The reason, for the person.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_a_role_and_a_reason() {
        let note = Note::new("support", " The video was all green. ").unwrap();
        assert_eq!((note.actor(), note.reason()), ("support", "The video was all green."));
        let (long, too_long) = ("é".repeat(REASON_CHARS), "é".repeat(REASON_CHARS + 1));
        assert!(Note::new(&"a".repeat(ACTOR_BYTES), &long).is_ok());
        for (actor, reason) in [
            ("", "x"),
            ("somebody@example.com", "x"),
            ("Support", "x"),
            (&*"a".repeat(ACTOR_BYTES + 1), "x"),
            ("support", " \t"),
            ("support", "\u{200B}\u{3164}"),
            ("support", "two\nlines"),
            ("support", &*too_long),
        ] {
            assert_eq!(Note::new(actor, reason).unwrap_err().code(), "invalid", "{actor:?} {reason:?}");
        }
    }
}
