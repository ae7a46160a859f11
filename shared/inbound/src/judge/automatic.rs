//! Mails that no person has sent.

use crate::{
    judge::receipt::{Ours, Receipt},
    mail::message::Mail,
};

/// Why a mail is automatic. An automatic mail is never answered, and so never schedules a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Automatic {
    /// A delivery report.
    DeliveryReport,
    /// A read receipt.
    ReadReceipt,
    /// A vacation answer, or another automatic reply.
    Reply,
    /// The answer to an invitation to a calendar.
    CalendarAnswer,
    /// A reaction.
    Reaction,
    /// A mail of ours that came back.
    Loop,
    /// The mail of a list, or bulk mail.
    List,
    /// `Auto-Submitted` other than `no`, or a mail that asks not to be answered by machines.
    Generated,
    /// A null envelope sender.
    NullSender,
}

impl Automatic {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DeliveryReport => "delivery_report",
            Self::ReadReceipt => "read_receipt",
            Self::Reply => "automatic_reply",
            Self::CalendarAnswer => "calendar_answer",
            Self::Reaction => "reaction",
            Self::Loop => "loop",
            Self::List => "list",
            Self::Generated => "generated",
            Self::NullSender => "null_sender",
        }
    }

    /// Whether such a mail can ask for something. A bounce, a receipt, a reaction and an automatic answer never do.
    #[must_use]
    pub const fn can_ask(self) -> bool {
        matches!(self, Self::Loop | Self::List | Self::Generated | Self::NullSender)
    }
}

const REPORTERS: [&str; 2] = ["mailer-daemon", "postmaster"];
const LIST_HEADERS: [&str; 2] = ["mailing-list", "x-mailing-list"];
const REPLY_HEADERS: [&str; 5] = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-vacation"];
/// The words that common clients put before the subject of a vacation answer.
const REPLY_SUBJECTS: [&str; 12] = [
    "automatic reply:",
    "auto reply:",
    "autoreply:",
    "out of office",
    "automatische antwort:",
    "abwesenheitsnotiz",
    "réponse automatique",
    "respuesta automática",
    "resposta automática",
    "risposta automatica",
    "automatisch antwoord",
    "自动回复",
];

/// Why a mail is automatic, the surest reason first.
pub(crate) fn automatic(mail: &Mail, receipt: &Receipt, ours: &Ours) -> Option<Automatic> {
    let value = |name: &str| mail.head.text(name).unwrap_or_default().to_ascii_lowercase();
    let submitted = value("auto-submitted");
    let submitted = submitted.split(';').next().unwrap_or_default().trim();
    let precedence = value("precedence");
    let is_null = receipt.is_null_sender();
    let is_reporter = mail.from.as_ref().is_ok_and(|from| REPORTERS.contains(&from.local()));
    let subject = mail.subject.to_lowercase();
    let is_reply = submitted == "auto-replied"
        || precedence == "auto_reply"
        || REPLY_HEADERS.iter().any(|name| mail.head.has(name))
        || REPLY_SUBJECTS.iter().any(|prefix| subject.starts_with(prefix));
    let is_own_id =
        mail.ids("message-id").iter().any(|id| id.rsplit_once('@').is_some_and(|(_, at)| ours.is_domain(at)));
    let is_own = is_own_id || mail.from.as_ref().is_ok_and(|from| ours.is_domain(from.domain()));
    let is_list = mail.head.names().any(|name| name.starts_with("list-") || LIST_HEADERS.contains(&name))
        || ["bulk", "list", "junk"].contains(&precedence.as_str());
    let suppresses = value("x-auto-response-suppress");
    let is_generated = !["", "no"].contains(&submitted) || !["", "none"].contains(&suppresses.as_str());
    [
        (mail.parts.is_delivery_report || is_null && is_reporter, Automatic::DeliveryReport),
        (mail.parts.is_receipt, Automatic::ReadReceipt),
        (is_reply, Automatic::Reply),
        (mail.parts.is_calendar_answer, Automatic::CalendarAnswer),
        (mail.parts.is_reaction, Automatic::Reaction),
        (is_own, Automatic::Loop),
        (is_list, Automatic::List),
        (is_generated, Automatic::Generated),
        (is_null, Automatic::NullSender),
    ]
    .into_iter()
    .find_map(|(is_it, automatic)| is_it.then_some(automatic))
}
