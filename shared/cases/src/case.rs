//! A case, and the rules for its life: open, answered, closed.

use crate::{
    address::ReplyAddress,
    keys,
    kind::{CaseKind, CaseState},
    message::{CaseText, NewCase, ReportSubject},
    number::CaseNumber,
};
use jiff::tz::TimeZone;
use kernel::{AccountId, Error, Note, Result, Timestamp, later, limits::CLOSED_CASE_LIFETIME, schema::Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most replies of a case. The number bounds the size of its item: DynamoDB takes 400 KB.
const REPLIES_MAX: usize = 16;

/// The words for a person who is no longer signed in, as HTML.
const UNLINKED: &str = "<p>You are no longer signed in, so this message is not linked to an account. If it is about \
                        your account, sign in and send it again.</p>\n";

/// A reply of an operator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The operator and the reason.
    pub note: Note,
    /// The text for the person.
    pub text: String,
}

/// The decision that an objection is granted. It is stored before it takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The operator and the reason.
    pub note: Note,
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The operator and the reason.
    pub note: Note,
    /// Whether the objection was granted.
    #[serde(default)]
    pub granted: bool,
}

/// A case, as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its number.
    #[serde(rename = "pk")]
    pub number: CaseNumber,
    /// The kind of the message.
    pub kind: CaseKind,
    /// Its state.
    pub state: CaseState,
    /// The person's text.
    pub text: String,
    /// The address to answer to, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The account of the person, if the person was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The subject of a report: a URL or the id of a generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it came.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub received_at: Timestamp,
    /// When an answer is due; the sort key of the index `open`.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub due_at: Timestamp,
    /// The partition key of the index `open`. Missing once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// The number of changes. Every change is conditional on the version that was read.
    pub version: u64,
    /// The replies, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// The grant of the objection. Until the case is closed, its effect may be unfinished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// Its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// The time to live of a closed case. DynamoDB removes expired items late.
    #[serde(with = "jiff::fmt::serde::timestamp::second::optional", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The decision of an operator's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseStep {
    /// The case becomes this one.
    Next(Box<Case>),
    /// The same change was made before.
    Unchanged,
}

impl Case {
    /// The case of a new message. Without an address in the message, the answer goes to `known`, the
    /// address of the account's profile that its partner has verified.
    ///
    /// # Errors
    /// `invalid` when there is no address, unless it is a report.
    pub(crate) fn opened(
        number: CaseNumber,
        message: &NewCase,
        account: Option<AccountId>,
        known: Option<&str>,
        now: Timestamp,
    ) -> Result<Self> {
        let reply_to = message.reply_to.as_ref().map(ReplyAddress::as_str).or(known).map(str::to_owned);
        if reply_to.is_none() && message.kind != CaseKind::Report {
            return Err(Error::invalid("reply_to", "Give the mail address to which we may answer."));
        }
        Ok(Self {
            number,
            kind: message.kind,
            state: CaseState::Open,
            text: message.text.as_str().to_owned(),
            reply_to,
            account,
            subject: message.subject.as_ref().map(ReportSubject::as_str).map(str::to_owned),
            received_at: now,
            due_at: message.kind.due(now),
            open: Some(keys::ON_LIST.to_owned()),
            version: 1,
            replies: Vec::new(),
            grant: None,
            closing: None,
            expires_at: None,
        })
    }

    /// Whether the case has ended, although DynamoDB may still have its item.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Adds a reply. The same reply by the same operator for the same reason is a repetition.
    ///
    /// # Errors
    /// `wrong_state` when the case is closed or has 16 replies.
    pub fn reply(&self, text: &CaseText, note: &Note, now: Timestamp) -> Result<CaseStep> {
        let same = |known: &Reply| known.text == text.as_str() && known.note == *note;
        if self.replies.iter().any(same) {
            return Ok(CaseStep::Unchanged);
        }
        if self.state == CaseState::Closed {
            return Err(Error::WrongState { detail: "The case is closed, so it takes no reply." });
        }
        if self.replies.len() >= REPLIES_MAX {
            return Err(Error::WrongState { detail: "The case has 16 replies, as many as it may have. Close it." });
        }
        let reply = Reply { at: now, note: note.clone(), text: text.as_str().to_owned() };
        let replies = self.replies.iter().cloned().chain([reply]).collect();
        Ok(self.next(Self { state: CaseState::Answered, replies, ..self.clone() }))
    }

    /// Grants the objection. The case stays open until the grant has taken effect, and can then only be
    /// closed as granted. A grant that is stored already stays as it is, whoever asks again.
    ///
    /// # Errors
    /// `wrong_state` when the case was closed in another way, and when something else than the
    /// objection of an account is granted.
    pub fn grant(&self, note: &Note, now: Timestamp) -> Result<CaseStep> {
        self.check_grant(true)?;
        if self.was_closed(true, note)? || self.grant.is_some() {
            return Ok(CaseStep::Unchanged);
        }
        Ok(self.next(Self { grant: Some(Grant { at: now, note: note.clone() }), ..self.clone() }))
    }

    /// Closes the case. It leaves the list, and ends 90 days later. `granted` says that the objection
    /// is granted and that the grant has taken effect.
    ///
    /// # Errors
    /// `wrong_state` when the case was closed in another way, when something else than the objection
    /// of an account is granted, and when a granted objection is to be closed in another way.
    pub fn close(&self, granted: bool, note: &Note, now: Timestamp) -> Result<CaseStep> {
        self.check_grant(granted)?;
        if self.was_closed(granted, note)? {
            return Ok(CaseStep::Unchanged);
        }
        match (&self.grant, granted) {
            (Some(_), true) | (None, false) => {}
            (Some(_), false) => {
                return Err(Error::WrongState {
                    detail: "The objection is granted already. `cargo ops close NUMBER --grant` finishes it.",
                });
            }
            (None, true) => return Err(Error::internal("a case closes as granted before the grant is stored")),
        }
        let closing = Some(Closing { at: now, note: note.clone(), granted });
        let expires_at = Some(later(now, CLOSED_CASE_LIFETIME));
        Ok(self.next(Self { state: CaseState::Closed, closing, expires_at, open: None, ..self.clone() }))
    }

    /// The content of the page that confirms the receipt, as HTML. It says when an answer is due, and
    /// contains nothing that the person wrote.
    ///
    /// `session_is_over`: whether the browser still had the cookies of a session that is over. The person
    /// may believe to be signed in, so the page says that the message belongs to no account.
    #[must_use]
    pub fn thanks(&self, session_is_over: bool) -> String {
        let (number, due) = (&self.number, TimeZone::UTC.to_datetime(self.due_at).date());
        let answer = match (self.kind, self.reply_to.is_some()) {
            (CaseKind::Report, true) => "We look at reports first, and answer to your address.".to_owned(),
            (CaseKind::Report, false) => "We look at reports first. Without an address we cannot answer.".to_owned(),
            _ => format!("We answer by {due}, to your mail address."),
        };
        let unlinked = if session_is_over { UNLINKED } else { "" };
        format!(
            "<p>Your case number is <strong>{number}</strong>. Please keep it.</p>\n<p>{answer}</p>\n{unlinked}\
             <p><a href=\"/\">Back to Cinemaxsai</a></p>"
        )
    }

    /// Whether the case was closed in this way.
    fn was_closed(&self, granted: bool, note: &Note) -> Result<bool> {
        match &self.closing {
            Some(closing) if closing.note == *note && closing.granted == granted => Ok(true),
            Some(_) => Err(Error::WrongState { detail: "The case is closed already." }),
            None => Ok(false),
        }
    }

    fn check_grant(&self, granted: bool) -> Result<()> {
        match (granted, self.kind, self.account) {
            (false, ..) | (true, CaseKind::Objection, Some(_)) => Ok(()),
            (true, CaseKind::Objection, None) => Err(Error::WrongState {
                detail: "The person was not signed in, so no account is known. Ask the person to object while signed in.",
            }),
            (true, ..) => Err(Error::WrongState { detail: "Only an objection can be granted." }),
        }
    }

    fn next(&self, next: Self) -> CaseStep {
        CaseStep::Next(Box::new(Self { version: self.version + 1, ..next }))
    }
}

/// A message to us, as its sender sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Case")]
pub struct CaseView<'a> {
    /// The number of the case. It names the case in later messages.
    number: &'a CaseNumber,
    /// The kind of the message.
    kind: CaseKind,
    /// The state of the case.
    state: CaseState,
    /// When the message came.
    #[schemars(with = "Time")]
    received_at: Timestamp,
    /// When our answer is due. Reports are due at once.
    #[schemars(with = "Time")]
    due_at: Timestamp,
}

impl<'a> CaseView<'a> {
    /// The case without its text and its address.
    #[must_use]
    pub fn new(case: &'a Case) -> Self {
        let Case { number, kind, state, received_at, due_at, .. } = case;
        Self { number, kind: *kind, state: *state, received_at: *received_at, due_at: *due_at }
    }
}

impl fmt::Debug for Case {
    /// Without text, address and subject, so that no log gets them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, kind, state, version, .. } = self;
        f.debug_struct("Case")
            .field("number", number)
            .field("kind", kind)
            .field("state", state)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Reply {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("at", &self.at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
