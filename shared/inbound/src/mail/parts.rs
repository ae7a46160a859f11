//! The parts of a mail (RFC 2046): which kinds there are, and the texts that the sender may have written.
//!
//! The parts are slices of the mail. Only the beginnings of text parts are copied and decoded, so a mail of 40 MB needs
//! little more memory than itself. No attachment is decoded and no archive is opened.

use crate::{
    limits::Limits,
    mail::{
        decode::{MediaType, media_type, text},
        head::Head,
        html::to_lines,
        unreadable::Unreadable,
    },
};

/// The content of the parts.
#[derive(Default)]
pub(crate) struct Parts {
    /// The texts, those of HTML without tags and quotations.
    pub(crate) texts: Vec<String>,
    /// Whether the mail is a delivery report.
    pub(crate) is_delivery_report: bool,
    /// Whether the mail is a read receipt.
    pub(crate) is_receipt: bool,
    /// Whether a part answers an invitation to a calendar.
    pub(crate) is_calendar_answer: bool,
    /// Whether a part is a reaction (RFC 9078, or that of Gmail).
    pub(crate) is_reaction: bool,
    parts: usize,
    texts_seen: usize,
}

impl Parts {
    /// Reads the parts below a header block.
    ///
    /// # Errors
    /// [`Unreadable`] beyond the limits.
    pub(crate) fn read(head: &Head, body: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let mut parts = Self::default();
        parts.visit(head, body, 0, limits)?;
        Ok(parts)
    }

    fn visit(&mut self, head: &Head, body: &[u8], depth: usize, limits: &Limits) -> Result<(), Unreadable> {
        self.parts += 1;
        if self.parts > limits.parts {
            return Err(Unreadable::ManyParts);
        }
        let media = head.all("content-type").next().and_then(|value| media_type(&value)).unwrap_or_default();
        self.note_kind(head, &media);
        let is_multipart = media.name.starts_with("multipart/");
        let inner = media.boundary.as_deref().filter(|_| is_multipart).map(|boundary| split(body, boundary));
        match inner {
            Some(inner) if !inner.is_empty() => {
                if depth >= limits.depth {
                    return Err(Unreadable::DeepParts);
                }
                for part in inner {
                    let head = Head::read(part, limits)?;
                    let body_at = head.body_at;
                    self.visit(&head, &part[body_at..], depth + 1, limits)?;
                }
            }
            // Without its boundary a multipart is one text, as most readers show it.
            _ if is_multipart || media.name.is_empty() || media.name.starts_with("text/") => {
                self.read_text(head, &media, body, limits);
            }
            _ => {}
        }
        Ok(())
    }

    fn note_kind(&mut self, head: &Head, media: &MediaType) {
        let report = media.report_type.as_deref().filter(|_| media.name == "multipart/report");
        self.is_delivery_report |= report == Some("delivery-status")
            || ["message/delivery-status", "message/global-delivery-status"].contains(&media.name.as_str());
        self.is_receipt |= report == Some("disposition-notification")
            || ["message/disposition-notification", "message/global-disposition-notification"]
                .contains(&media.name.as_str());
        let answers = ["reply", "counter", "declinecounter"];
        self.is_calendar_answer |=
            media.name == "text/calendar" && media.method.as_deref().is_some_and(|method| answers.contains(&method));
        self.is_reaction |= media.name == "text/vnd.google.email-reaction+json"
            || disposition(head).is_some_and(|disposition| disposition == "reaction");
    }

    fn read_text(&mut self, head: &Head, media: &MediaType, body: &[u8], limits: &Limits) {
        let is_attached = disposition(head).is_some_and(|disposition| disposition == "attachment");
        self.texts_seen += 1;
        if is_attached || self.texts_seen > limits.texts {
            return;
        }
        let encoding = head.text("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        let text = text(media, &encoding, first_lines(body, limits.text_bytes));
        self.texts.push(if media.name == "text/html" { to_lines(&text) } else { text });
    }
}

fn disposition(head: &Head) -> Option<String> {
    let value = head.text("content-disposition")?;
    value.split(';').next().map(|kind| kind.trim().to_ascii_lowercase())
}

/// The first bytes up to the end of a line, so that no encoded line is cut.
fn first_lines(body: &[u8], most: usize) -> &[u8] {
    let Some(first) = body.get(..most) else { return body };
    let end = first.iter().rposition(|byte| *byte == b'\n').map_or(most, |at| at + 1);
    &first[..end]
}

/// The parts between the lines of a boundary.
fn split<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let (mut parts, mut begin, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let next = at + line.len();
        if let Some(rest) = line.strip_prefix(delimiter.as_slice()) {
            let is_last = rest.starts_with(b"--");
            let rest = if is_last { &rest[2..] } else { rest };
            if rest.iter().all(u8::is_ascii_whitespace) {
                parts.extend(begin.map(|begin| &body[begin..at]));
                begin = (!is_last).then_some(next);
                if is_last {
                    return parts;
                }
            }
        }
        at = next;
    }
    parts.extend(begin.and_then(|begin| body.get(begin..)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str, limits: &Limits) -> Result<Parts, Unreadable> {
        let head = Head::read(mail.as_bytes(), limits).unwrap();
        Parts::read(&head, &mail.as_bytes()[head.body_at..], limits)
    }

    fn nested(depth: usize) -> String {
        (0..depth).fold(String::new(), |mail, level| {
            format!("{mail}Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
        }) + "\r\nDelete Account\r\n"
    }

    #[test]
    fn texts_are_found_in_parts_and_attachments_are_not_read() {
        let mail = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n--b\r\n\r\nfirst\r\n--b\r\n\
            Content-Type: text/html\r\n\r\n<p>second</p>\r\n--b\r\nContent-Type: application/zip\r\n\r\nPK\r\n--b\r\n\
            Content-Type: text/plain\r\nContent-Disposition: Attachment; filename=a.txt\r\n\r\nthird\r\n--b--\r\nlast\r\n";
        let parts = read(mail, &Limits::default()).unwrap();
        let texts: Vec<_> = parts.texts.iter().map(|text| text.trim()).collect();
        assert_eq!(texts, ["first", "second"]);
    }

    #[test]
    fn parts_beyond_the_limits_are_not_read() {
        let limits = Limits { depth: 3, parts: 5, ..Limits::default() };
        assert_eq!(read(&nested(3), &limits).unwrap().texts, ["Delete Account\r\n"]);
        assert_eq!(read(&nested(4), &limits).err(), Some(Unreadable::DeepParts));
        let many = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\na\r\n".repeat(5));
        assert_eq!(read(&many, &limits).err(), Some(Unreadable::ManyParts));
    }

    #[test]
    fn a_long_text_is_read_in_part() {
        let limits = Limits { text_bytes: 20, texts: 1, ..Limits::default() };
        let mail = format!("\r\nfirst line\r\n{}", "second line\r\n".repeat(1000));
        assert_eq!(read(&mail, &limits).unwrap().texts, ["first line\r\n"]);
    }

    #[test]
    fn a_multipart_without_its_boundary_is_one_text() {
        let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\nDelete Account\r\n";
        assert_eq!(read(mail, &Limits::default()).unwrap().texts, ["Delete Account\r\n"]);
    }
}
