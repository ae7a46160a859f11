//! The judgement of a mail.

use crate::{
    judge::{
        automatic::automatic,
        judgement::{Judgement, Reason},
        receipt::{Ours, Receipt},
        strength::strength,
    },
    mail::{address::Address, message::Mail},
    words::{
        body::own_words,
        kind::RequestKind,
        subject::{Request, Subject, Wording, asks_to_delete, asks_to_keep, other_request},
    },
};

/// Judges a mail: what it asks for, and how surely it comes from its From address. The same arguments give the same
/// judgement.
#[must_use]
pub fn judge(mail: &Mail, receipt: &Receipt, ours: &Ours) -> Judgement {
    let subject = Subject::read(&mail.subject, &mail.other_subjects);
    let in_reply_to = mail.ids("in-reply-to");
    let is_reply = subject.is_reply || mail.head.has("in-reply-to");
    let automatic = automatic(mail, receipt, ours);
    let own =
        [(is_reply, Reason::Reply), (subject.is_forward, Reason::Forward), (automatic.is_some(), Reason::Automatic)];
    let own: Vec<_> = own.into_iter().filter_map(|(is_it, reason)| is_it.then_some(reason)).collect();
    let (strength, reasons) = strength(mail, receipt, ours, &own);
    let addressed: Vec<_> = ["to", "cc"].iter().flat_map(|name| mail.mailboxes(name)).collect();
    let is_other = |to: &Address| !ours.is_support(to) && Some(to) != mail.from.as_ref().ok();
    let envelope = receipt.recipients.iter().filter_map(|recipient| Address::parse(recipient));
    let mut tokens = envelope.chain(addressed.iter().cloned());
    Judgement {
        unreadable: None,
        from: mail.from.clone().ok(),
        strength,
        request: request(mail, subject, ours),
        automatic,
        is_reply_to_all: is_reply && addressed.iter().any(is_other),
        reply_token: tokens.find_map(|to| to.tag_of(&ours.support).map(str::to_owned)),
        in_reply_to,
        message_id: mail.ids("message-id").into_iter().next(),
        signatures: mail.signatures.iter().flatten().map(|signature| signature.identity.clone()).collect(),
        reasons,
    }
}

/// The request of the mail, by its subject and by the sender's own words in its body.
fn request(mail: &Mail, subject: Subject, ours: &Ours) -> Request {
    let body: Vec<_> = mail.parts.texts.iter().map(|text| own_words(text, &ours.footers)).collect();
    let keeps = body.iter().any(|text| asks_to_keep(text));
    match subject.request {
        _ if mail.head.count("subject") > 1 => Request::Delete(Wording::Doubled),
        Some(Request::Delete(_)) if keeps && subject.is_reply => Request::Keep,
        Some(Request::Delete(Wording::Exact)) if keeps => Request::Delete(Wording::Contradicted),
        Some(request @ (Request::Delete(_) | Request::Keep)) => request,
        _ if keeps => Request::Keep,
        _ if body.iter().any(|text| asks_to_delete(text)) => Request::Delete(Wording::Body),
        Some(request) => request,
        None => Request::Other(body.iter().find_map(|text| other_request(text)).unwrap_or(RequestKind::General)),
    }
}
