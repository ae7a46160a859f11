//! A work that an operator has disabled, with the statement of reasons for its owner (Art. 17 DSA).

use kernel::{Error, Note, Result, Timestamp, text::bounded};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most decisions of the past that a work keeps. The number bounds the size of its item.
const PAST_MAX: usize = 20;

/// Longest ground, in characters.
const GROUND_CHARS: usize = 200;

/// How the owner can contest the decision.
const APPEAL: &str =
    "If you disagree, write to us at /contact and choose \"I appeal against a decision\". A person decides again.";

/// The statement of reasons. The owner reads everything but the actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// When the work was disabled.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The operator, and the facts on which the decision rests.
    pub note: Note,
    /// The law, or the part of the terms of service, that the work breaks.
    pub ground: String,
}

impl Disabled {
    /// A statement of reasons at `now`.
    ///
    /// # Errors
    /// `invalid` when the ground is not one line of 1 to 200 characters.
    pub fn new(note: Note, ground: &str, now: Timestamp) -> Result<Self> {
        let Some(ground) = bounded(ground, GROUND_CHARS).filter(|ground| !ground.chars().any(char::is_control)) else {
            let form = "Name the law or the part of the terms in one line of 1 to 200 characters.";
            return Err(Error::invalid("ground", form));
        };
        Ok(Self { at: now, note, ground: ground.to_owned() })
    }

    /// Whether the two say the same, whenever they were made.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.note, &self.ground) == (&other.note, &other.ground)
    }
}

/// The last time that an operator enabled a work again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enabled {
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The operator and the reason.
    pub note: Note,
}

/// A decision of the past: a work was disabled, and enabled again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDecision {
    /// The decision to disable it: the operator, the time, the reason.
    pub disabled: Disabled,
    /// The decision to enable it again: the operator, the time, the reason.
    pub enabled: Enabled,
}

/// The decisions of the past after one more, oldest first. Of more than 20, the oldest are gone.
pub(crate) fn past_after(past: &[PastDecision], disabled: &Disabled, enabled: &Enabled) -> Vec<PastDecision> {
    let last = PastDecision { disabled: disabled.clone(), enabled: enabled.clone() };
    let kept = past.iter().skip((past.len() + 1).saturating_sub(PAST_MAX)).cloned();
    kept.chain([last]).collect()
}

/// The statement of reasons for a work that was disabled.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StatementOfReasons")]
pub(super) struct DisabledView<'a> {
    /// The time of the decision.
    #[schemars(with = "kernel::schema::Time")]
    at: Timestamp,
    /// The facts on which the decision rests.
    reason: &'a str,
    /// The law, or the part of the terms of service, that the work breaks.
    ground: &'a str,
    /// How to contest the decision, for people.
    appeal: &'static str,
}

impl<'a> DisabledView<'a> {
    pub(super) fn new(disabled: &'a Disabled) -> Self {
        Self { at: disabled.at, reason: disabled.note.reason(), ground: &disabled.ground, appeal: APPEAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_twenty_decisions_are_kept() {
        let note = |n: usize| Note::new("moderation", &n.to_string()).unwrap();
        let mut past = Vec::new();
        for n in 0..25 {
            let disabled = Disabled::new(note(n), "Terms, section 4", Timestamp::UNIX_EPOCH).unwrap();
            past = past_after(&past, &disabled, &Enabled { at: Timestamp::UNIX_EPOCH, note: note(100 + n) });
        }
        let reasons = |at: usize| (past[at].disabled.note.reason(), past[at].enabled.note.reason());
        assert_eq!((past.len(), reasons(0), reasons(19)), (20, ("5", "105"), ("24", "124")));
        let text = "x".repeat(200);
        let longest = Disabled::new(Note::new("moderation", &text).unwrap(), &text, Timestamp::UNIX_EPOCH).unwrap();
        let bytes = serde_json::to_string(&longest).unwrap().len() * 4 * 2 * PAST_MAX;
        assert!(bytes < 100_000, "the item must fit into DynamoDB's 400 KB: {bytes}");
    }

    #[test]
    fn a_statement_has_facts_a_ground_and_the_way_to_appeal() {
        let note = Note::new("moderation", "It shows a real person without consent.").unwrap();
        let disabled = Disabled::new(note.clone(), " Terms, section 4 ", Timestamp::UNIX_EPOCH).unwrap();
        let shown = serde_json::to_value(DisabledView::new(&disabled)).unwrap();
        assert_eq!(shown["reason"], "It shows a real person without consent.");
        assert_eq!(shown["ground"], "Terms, section 4");
        assert!(shown["appeal"].as_str().unwrap().contains("at /contact and choose"));
        assert!(!shown.to_string().contains("moderation"), "the owner does not read the actor: {shown}");
        for wrong in ["", " ", "\u{200B}", "two\nlines", &*"x".repeat(201)] {
            assert_eq!(Disabled::new(note.clone(), wrong, Timestamp::UNIX_EPOCH).unwrap_err().code(), "invalid");
        }
    }
}
