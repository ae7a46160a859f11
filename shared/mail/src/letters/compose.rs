//! A whole mail, as SES takes it.

use crate::{
    letters::{sender::Sender, words},
    mailbox::Mailbox,
    row::{facts::Mail, key::MailKey, kind::Stream},
    tokens::{keys::MailKeys, reply::ReplySubject, unsubscribe::Unsubscribe},
};
use kernel::{Error, Result};
use std::fmt;

/// A mail for SES: simple content with two bodies and headers of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The From header.
    pub from: String,
    /// The one recipient.
    pub to: String,
    /// The Reply-To header.
    pub reply_to: String,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// Further headers, by name and value.
    pub headers: Vec<(&'static str, String)>,
    /// The value of the tag `mail`, which SES's events repeat.
    pub tag: String,
}

/// Without address and text, so that no log gets them.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// Writes the mail of a row to a mailbox. `case_text` as in [`letter`](crate::letter()).
///
/// # Errors
/// `internal` when a mail about a case comes without its text, or a product mail belongs to no account.
pub fn compose(
    key: &MailKey,
    mail: &Mail,
    case_text: Option<&str>,
    to: &Mailbox,
    sender: &Sender,
    keys: &MailKeys,
) -> Result<Outgoing> {
    let (letter, kind) = (words::letter(mail, case_text, sender)?, mail.kind());
    // RFC 3834, section 5.
    let submitted = if kind.is_automatic_reply() { "auto-replied" } else { "auto-generated" };
    let mut headers = vec![("Auto-Submitted", submitted.to_owned())];
    let mut page = None;
    if kind.stream() == Stream::Product {
        let account = key.account().ok_or_else(|| Error::internal("a product mail belongs to an account"))?;
        let links = sender.unsubscribe(&keys.unsubscribe_token(Unsubscribe { account, stream: Stream::Product }));
        headers.push(("List-Unsubscribe", format!("<{}>, <{}>", links.one_click, links.mail)));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        page = Some(links.page);
    }
    Ok(Outgoing {
        from: sender.from.clone(),
        to: to.as_str().to_owned(),
        reply_to: reply_to(mail, sender, keys),
        text: letter.text(sender, page.as_deref())?,
        html: letter.html(sender, page.as_deref())?,
        subject: letter.subject,
        headers,
        tag: key.tag()?,
    })
}

/// The address for replies: with a token where the mail is about a request or a case.
fn reply_to(mail: &Mail, sender: &Sender, keys: &MailKeys) -> String {
    let deletion = mail.deletion_code().map(|code| ReplySubject::Deletion(code.to_owned()));
    let subject = deletion.or_else(|| mail.case_of_recipient().map(|number| ReplySubject::Case(number.to_owned())));
    let token = subject.and_then(|subject| keys.reply_token(&subject));
    token.map_or_else(|| sender.support.as_str().to_owned(), |token| sender.reply_address(&token))
}
