//! The calls to `mail-parser`: encoded words, media types, and the text of parts. No other file calls it.

use mail_parser::{
    MessageParser, PartType,
    decoders::{charsets::map::charset_decoder, html::html_to_text},
    parsers::MessageStream,
};

/// A header as text: encoded words are decoded (RFC 2047), and runs of white space are one space each.
pub(crate) fn words(value: &[u8]) -> String {
    let line = [&join_words(value), b"\r\n".as_slice()].concat();
    MessageStream::new(&line).parse_unstructured().into_text().map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// The texts that other readers may show for a header, where its charset is missing or wrong, or where an encoded word
/// hides another one.
pub(crate) fn other_words(value: &[u8], shown: &str) -> Vec<String> {
    let mut others = Vec::new();
    if std::str::from_utf8(value).is_err()
        && let Some(decode) = charset_decoder(b"windows-1252")
    {
        others.push(words(decode(value).as_bytes()));
    }
    let bytes: Option<Vec<u8>> = shown.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
    others.extend(bytes.and_then(|bytes| String::from_utf8(bytes).ok()));
    if shown.contains("=?") {
        others.push(words(shown.as_bytes()));
    }
    others.retain(|other| other != shown);
    others
}

/// A media type with the parameters that are used here, all but the boundary in lower case.
#[derive(Default)]
pub(crate) struct MediaType {
    /// Such as `text/plain`.
    pub(crate) name: String,
    pub(crate) boundary: Option<String>,
    pub(crate) charset: Option<String>,
    pub(crate) report_type: Option<String>,
    pub(crate) method: Option<String>,
}

/// Reads the value of a header `Content-Type`. `None` if it names no type.
pub(crate) fn media_type(value: &[u8]) -> Option<MediaType> {
    let line = [value, b"\r\n"].concat();
    let value = MessageStream::new(&line).parse_content_type().into_content_type()?;
    let attribute = |name: &str| value.attribute(name).map(str::to_ascii_lowercase);
    Some(MediaType {
        name: format!("{}/{}", value.ctype(), value.subtype()?).to_ascii_lowercase(),
        boundary: value.attribute("boundary").map(str::to_owned),
        charset: attribute("charset"),
        report_type: attribute("report-type"),
        method: attribute("method"),
    })
}

/// The text of a part, whose bytes the caller has bounded.
pub(crate) fn text(media: &MediaType, encoding: &str, bytes: &[u8]) -> String {
    let is_name = |text: &&str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte))
    };
    let charset = media.charset.as_deref().filter(is_name).unwrap_or("utf-8");
    let encoding = Some(encoding).filter(is_name).unwrap_or("8bit");
    let head = format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
    let mail = [head.as_bytes(), bytes].concat();
    let message = MessageParser::new().with_mime_headers().parse(&mail);
    let part = message.and_then(|message| message.parts.into_iter().next());
    match part.map(|part| part.body) {
        Some(PartType::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

/// The text of HTML that has no tags any more: its entities are decoded.
pub(crate) fn entities(html: &str) -> String {
    html_to_text(html)
}

/// An encoded word: `=?charset?encoding?content?=`.
struct Word<'a> {
    charset: &'a [u8],
    encoding: u8,
    content: Vec<u8>,
}

/// Joins neighbours of one charset and encoding. Some clients split a text between the bytes of one character, although
/// RFC 2047, section 5, forbids it.
fn join_words(value: &[u8]) -> Vec<u8> {
    let (mut joined, mut rest, mut open) = (Vec::new(), value, None::<Word<'_>>);
    while !rest.is_empty() {
        let gap = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match (Word::read(&rest[gap..]), open.as_mut()) {
            (Some((word, length)), Some(before)) if before.joins(&word) => {
                before.content.extend(word.content);
                rest = &rest[gap + length..];
            }
            (Some((word, length)), _) => {
                Word::write(open.replace(word), &mut joined);
                joined.extend(&rest[..gap]);
                rest = &rest[gap + length..];
            }
            (None, _) => {
                Word::write(open.take(), &mut joined);
                let end = (gap + 1).min(rest.len());
                joined.extend(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }
    Word::write(open, &mut joined);
    joined
}

impl<'a> Word<'a> {
    /// The word that begins the bytes, and its length.
    fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let inner = bytes.strip_prefix(b"=?")?;
        let mut pieces = inner.splitn(4, |byte| *byte == b'?');
        let (charset, encoding, content, end) = (pieces.next()?, pieces.next()?, pieces.next()?, pieces.next()?);
        let &[encoding] = encoding else { return None };
        let length = 2 + charset.len() + 3 + content.len() + 2;
        let is_word = end.starts_with(b"=") && !charset.is_empty() && charset.iter().all(u8::is_ascii_graphic);
        is_word.then(|| (Self { charset, encoding: encoding.to_ascii_lowercase(), content: content.to_vec() }, length))
    }

    fn joins(&self, next: &Self) -> bool {
        let is_whole = self.encoding == b'q' || self.content.len().is_multiple_of(4) && !self.content.ends_with(b"=");
        is_whole && self.encoding == next.encoding && self.charset.eq_ignore_ascii_case(next.charset)
    }

    fn write(word: Option<Self>, joined: &mut Vec<u8>) {
        if let Some(word) = word {
            joined.extend([b"=?", word.charset, b"?", &[word.encoding], b"?", &word.content, b"?="].concat());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded_also_if_split_inside_a_character() {
        for (value, expected) in [
            ("Delete Account", "Delete Account"),
            (" =?utf-8?Q?Delete_Account?=", "Delete Account"),
            ("=?utf-8?Q?Delete?= =?utf-8?Q?_Account?=", "Delete Account"),
            ("=?utf-8?Q?Delete?= Account", "Delete Account"),
            ("=?UTF-8?B?RGVsZXRlIEFjY291bnQ=?=", "Delete Account"),
            ("=?utf-8?Q?Konto_l=C3?= =?utf-8?Q?=B6schen?=", "Konto löschen"),
            ("=?utf-8?B?S29udG8gbMO2?= =?utf-8?B?c2NoZW4=?=", "Konto löschen"),
            ("=?iso-8859-1?Q?Konto_l=F6schen?=", "Konto löschen"),
            ("=?gb18030?B?yb6z/dXKusU=?=", "删除帐号"),
            ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
            ("", ""),
        ] {
            assert_eq!(words(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn a_missing_or_wrong_charset_has_a_second_reading() {
        let raw = b"Konto l\xf6schen";
        assert_eq!(other_words(raw, &words(raw)), ["Konto löschen"]);
        let wrong = b"=?iso-8859-1?Q?Konto_l=C3=B6schen?=";
        assert_eq!(other_words(wrong, &words(wrong)), ["Konto löschen"]);
        let nested = b"=?utf-8?Q?=3D=3Futf-8=3FQ=3FDelete=5FAccount=3F=3D?=";
        assert_eq!(other_words(nested, &words(nested)), ["Delete Account"]);
        assert_eq!(other_words(b"Delete Account", "Delete Account"), Vec::<String>::new());
    }

    #[test]
    fn texts_are_decoded_by_encoding_and_charset() {
        let media = |value: &str| media_type(value.as_bytes()).unwrap();
        let latin = media("Text/Plain; charset=\"ISO-8859-1\"");
        assert_eq!(text(&latin, "quoted-printable", b"l=F6schen"), "löschen");
        assert_eq!(text(&media("text/plain"), "base64", b"bMO2c2NoZW4="), "löschen");
        assert_eq!(text(&media("text/plain; charset=none"), "8bit", "löschen".as_bytes()), "löschen");
        let report = media("multipart/Report; report-type=Delivery-Status; boundary=\"B c\"");
        assert_eq!(report.name, "multipart/report");
        assert_eq!((report.report_type.as_deref(), report.boundary.as_deref()), (Some("delivery-status"), Some("B c")));
    }
}
