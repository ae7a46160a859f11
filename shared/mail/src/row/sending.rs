//! The rules by which a mail is sent.
//!
//! ```text
//!              claim                  SES took it, or its Send event
//! waiting ──────────────► sending ───────────────────────────────────► sent
//!    ▲                     │  │ ▲                                        ▲
//!    └── SES took nothing ─┘  │ └ again: no answer, no event, 15 minutes │ a late event
//!                             └─ refused, unwanted, unknown, too late ─► dropped
//! ```

use crate::row::{
    key::sort_key,
    kind::Stream,
    mail_row::{DropReason, MailRow, MailState, NewMail},
};
use jiff::SignedDuration;
use kernel::{Timestamp, later, limits::MAIL_ROW_LIFETIME};

/// The time after which a message that wakes `send-mail` counts as lost. Delivery takes milliseconds. A shorter time
/// would send messages twice under load; a longer one would delay mails.
pub const WAKE_LOST_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// How long SES's Send event is waited for when the answer is unknown. A shorter time would send more mails twice; a
/// longer one would delay those that SES never got.
pub const EVENT_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// The first pause after SES was too busy. Each further pause is twice as long.
const BUSY_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The longest pause after SES was too busy.
const BUSY_PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How long after its cause a mail is tried while SES is too busy. Later the news is old.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How often a mail is sent again although SES may have had it. The number bounds the doubles that a person gets when
/// no event arrives at all.
pub const REPEATS_MAX: u32 = 2;

/// The answer of SES to a request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It took the mail.
    Accepted {
        /// The id that it gave to the mail.
        message_id: String,
    },
    /// It certainly did not take the mail, and may take it later: throttling, a paused account, no connection.
    Busy,
    /// It certainly did not take the mail, and never will: a malformed address, a rejected message.
    Refused,
    /// Nobody knows: a timeout, a broken connection, an answer with 5xx.
    Unknown,
}

/// The next step of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing: it is sent or dropped.
    Over,
    /// Nothing yet.
    NotYet,
    /// Store this row, then send the mail.
    Send(Box<MailRow>),
    /// Store this row: the mail is given up.
    Drop(Box<MailRow>),
}

/// The meaning of SES's word that it has sent a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentStep {
    /// Store this row.
    Next(Box<MailRow>),
    /// The row knows it.
    Known,
    /// The row knows another mail: the person got two.
    Double,
}

impl MailRow {
    /// The row of a mail that was caused at `now`. The message that follows the transaction wakes `send-mail` at once;
    /// `shard` is where the sweep finds the row if the message is lost.
    #[must_use]
    pub fn new(new: &NewMail, shard: u64, now: Timestamp) -> Self {
        Self {
            pk: new.partition.clone(),
            sk: sort_key(new.id),
            kind: new.mail.kind(),
            state: MailState::Waiting,
            facts: Some(new.mail.clone()),
            address: new.address.clone(),
            version: 1,
            attempt: 0,
            repeats: 0,
            claim: None,
            created_at: now,
            outbox: Some(shard.to_string()),
            next_check: Some(later(now, WAKE_LOST_AFTER)),
            message_id: None,
            reason: None,
            ended_at: None,
            expires_at: None,
        }
    }

    /// Decides what `run` may do. A mail that was never tried may be claimed at once, every other one when its next
    /// check is due.
    #[must_use]
    pub fn due(&self, run: &str, now: Timestamp) -> Due {
        let is_early = self.next_check.is_some_and(|next_check| now < next_check);
        match self.state {
            MailState::Sent | MailState::Dropped => Due::Over,
            MailState::Waiting if self.attempt > 0 && is_early => Due::NotYet,
            MailState::Waiting => Due::Send(Box::new(self.claimed(run, 0, now))),
            MailState::Sending if is_early => Due::NotYet,
            MailState::Sending if self.kind.stream() == Stream::Product || self.repeats >= REPEATS_MAX => {
                Due::Drop(Box::new(self.dropped(DropReason::Unknown, now)))
            }
            MailState::Sending => Due::Send(Box::new(self.claimed(run, 1, now))),
        }
    }

    fn claimed(&self, run: &str, repeats: u32, now: Timestamp) -> Self {
        Self {
            state: MailState::Sending,
            version: self.version + 1,
            attempt: self.attempt + 1,
            repeats: self.repeats + repeats,
            claim: Some(run.to_owned()),
            next_check: Some(later(now, EVENT_WAIT)),
            ..self.clone()
        }
    }

    /// The row after SES's answer to the run that has claimed it. `None` after an unknown one: the row stays `sending`
    /// and waits for the event. `None` also when another step came first: the event, or a later claim.
    #[must_use]
    pub fn answered(&self, run: &str, answer: &Answer, now: Timestamp) -> Option<Self> {
        if let Answer::Accepted { message_id } = answer {
            return match self.sent(message_id, now) {
                SentStep::Next(next) => Some(*next),
                SentStep::Known | SentStep::Double => None,
            };
        }
        if !self.is_claimed_by(run) {
            return None;
        }
        match answer {
            Answer::Busy => Some(self.postponed(now)),
            Answer::Refused => Some(self.dropped(DropReason::Refused, now)),
            Answer::Accepted { .. } | Answer::Unknown => None,
        }
    }

    /// Whether the mail is being sent by this run.
    #[must_use]
    pub fn is_claimed_by(&self, run: &str) -> bool {
        self.state == MailState::Sending && self.claim.as_deref() == Some(run)
    }

    fn postponed(&self, now: Timestamp) -> Self {
        let doubled = 1_i32.checked_shl(self.attempt.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
        let pause = BUSY_PAUSE.saturating_mul(doubled).min(BUSY_PAUSE_MAX);
        let next_check = later(now, pause);
        if next_check > later(self.created_at, GIVE_UP_AFTER) {
            return self.dropped(DropReason::TooLate, now);
        }
        Self {
            state: MailState::Waiting,
            version: self.version + 1,
            claim: None,
            next_check: Some(next_check),
            ..self.clone()
        }
    }

    /// The meaning of SES's word, by its answer or by its Send event, that it has the mail under `message_id`. An event
    /// may come before the answer, after a later attempt, or after the mail was dropped as unknown.
    #[must_use]
    pub fn sent(&self, message_id: &str, now: Timestamp) -> SentStep {
        match (self.state, self.message_id.as_deref()) {
            (MailState::Sent, Some(known)) if known == message_id => SentStep::Known,
            (MailState::Sent, _) => SentStep::Double,
            _ => {
                let ended = self.ended(MailState::Sent, now);
                SentStep::Next(Box::new(Self { message_id: Some(message_id.to_owned()), reason: None, ..ended }))
            }
        }
    }

    /// The row of a mail that is given up.
    #[must_use]
    pub fn dropped(&self, reason: DropReason, now: Timestamp) -> Self {
        Self { reason: Some(reason), ..self.ended(MailState::Dropped, now) }
    }

    /// The row of a mail that is over: it leaves the index, and keeps neither facts nor address.
    fn ended(&self, state: MailState, now: Timestamp) -> Self {
        Self {
            state,
            version: self.version + 1,
            facts: None,
            address: None,
            claim: None,
            outbox: None,
            next_check: None,
            ended_at: Some(now),
            expires_at: Some(later(now, MAIL_ROW_LIFETIME)),
            ..self.clone()
        }
    }
}
