//! The words of mails about cases.

use crate::{
    letters::{
        letter::{Block, Letter},
        sender::Sender,
        time::{day_of, moment},
    },
    row::facts::Statement,
};
use kernel::{Error, Result, Timestamp};

/// Why a person gets these mails.
const WHY: &str = "You get this mail because you wrote to us.";

/// The text that a case has, and the row of its mail has not.
#[derive(Debug, Clone, Copy)]
pub(super) struct CaseWords<'a>(&'a str);

impl<'a> CaseWords<'a> {
    /// The text.
    pub(super) fn required(text: Option<&'a str>) -> Result<Self> {
        text.map(Self).ok_or_else(|| Error::internal("a mail about a case needs the text of the case"))
    }
}

/// A message became a case.
pub(super) fn received(number: &str, due_at: Option<Timestamp>) -> Letter {
    let due = due_at.map(|due_at| ("Answer by".to_owned(), day_of(due_at)));
    let facts = [number_of(number)].into_iter().chain(due).collect();
    let blocks = vec![
        Block::text("Thank you for writing to us. A person reads your message and answers it."),
        Block::Facts(facts),
        Block::text("To add something, reply to this mail."),
    ];
    Letter::new(format!("We received your message ({number})"), "A person reads and answers it.", WHY, blocks)
}

/// An operator answered a case.
pub(super) fn answer(number: &str, CaseWords(text): CaseWords<'_>) -> Letter {
    let blocks = vec![
        Block::text("Here is our answer to your message."),
        Block::Facts(vec![number_of(number)]),
        Block::Quote(text.to_owned()),
        Block::text("To go on, reply to this mail."),
    ];
    Letter::new(format!("Our answer to your message ({number})"), "Here is our answer.", WHY, blocks)
}

/// A case is closed.
pub(super) fn closed(
    number: &str,
    CaseWords(reason): CaseWords<'_>,
    statement: Option<&Statement>,
    sender: &Sender,
) -> Letter {
    let mut blocks = vec![
        Block::text("Your case is closed."),
        Block::Facts(vec![number_of(number), ("Result".to_owned(), reason.to_owned())]),
    ];
    if let Some(Statement { at, reason, ground }) = statement {
        let facts = vec![
            ("Decision".to_owned(), "The work is disabled. Nobody can see or download it.".to_owned()),
            ("When".to_owned(), moment(*at)),
            ("Facts".to_owned(), reason.clone()),
            ("Ground".to_owned(), ground.clone()),
            ("Decided by".to_owned(), "A person. No automated means were used to decide.".to_owned()),
        ];
        blocks.extend([
            Block::Title("Statement of reasons".to_owned()),
            Block::Facts(facts),
            Block::text(
                "If you disagree, you can appeal within six months, and a person decides again. You can also turn to \
                 an out-of-court dispute body, or to a court.",
            ),
            Block::Action { label: "Appeal", url: sender.url("/contact") },
        ]);
    } else {
        blocks.push(Block::text("If you disagree, reply to this mail."));
    }
    blocks.push(Block::text("The case, with its text, is deleted 90 days after it was closed."));
    Letter::new(format!("Your case is closed ({number})"), reason, WHY, blocks)
}

/// A new case, for the operator. The text stays in the store: `cargo ops case` shows it.
pub(super) fn for_operator(number: &str, about: &str, due_at: Timestamp) -> Letter {
    let blocks = vec![
        Block::text("There is a new case on the list."),
        Block::Facts(vec![
            number_of(number),
            ("Kind".to_owned(), about.to_owned()),
            ("Answer by".to_owned(), moment(due_at)),
        ]),
        Block::text(format!("Its text is not in this mail. Read it with: cargo ops case {number}")),
    ];
    let why = "You get this mail because you operate this service.";
    Letter::new(format!("New case: {about} ({number})"), format!("Answer by {}.", day_of(due_at)), why, blocks)
}

fn number_of(number: &str) -> (String, String) {
    ("Case number".to_owned(), number.to_owned())
}
