//! HTML as lines of text, without what the sender did not write: quotations, styles and scripts.

use crate::mail::decode::entities;

/// Elements whose content is not the sender's text.
const LEFT_OUT: [&str; 6] = ["blockquote", "head", "script", "style", "template", "title"];
/// Elements that stay in a line. Every other tag ends a line.
const INLINE: [&str; 13] = ["a", "b", "big", "em", "font", "i", "o:p", "small", "span", "strong", "sub", "sup", "u"];
/// Marks in a tag from which on clients put the mail that is answered.
const QUOTES: [&str; 8] = [
    "gmail_quote",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "divrplyfwdmsg",
    "appendonsend",
    "outlookmessageheader",
    "mail-editor-reference-message-container",
];

/// The lines that a reader sees, up to the first quotation that a client marks.
pub(crate) fn to_lines(html: &str) -> String {
    let (mut lines, mut line, mut left_out, mut rest) = (String::new(), String::new(), None::<(&str, usize)>, html);
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        if left_out.is_none() {
            line.push_str(text);
        }
        let Some(end) = tag.find('>') else {
            rest = "";
            break;
        };
        // A comment ends with its own mark.
        let end = if tag.starts_with("<!--") { tag.find("-->").map_or(tag.len() - 1, |end| end + 2) } else { end };
        let inner = tag[1..end].to_ascii_lowercase();
        rest = &tag[end + 1..];
        let is_end = inner.starts_with('/');
        let name = inner.trim_start_matches('/').split(|char: char| char.is_whitespace() || char == '/').next();
        let name = name.unwrap_or_default();
        left_out = match left_out {
            Some((open, depth)) if open == name => match (is_end, depth) {
                (true, 1) => None,
                (true, _) => Some((open, depth - 1)),
                (false, _) => Some((open, depth + 1)),
            },
            Some(open) => Some(open),
            None if is_end => None,
            None => LEFT_OUT.iter().find(|left_out| **left_out == name).map(|name| (*name, 1)),
        };
        if QUOTES.iter().any(|mark| inner.contains(mark)) {
            rest = "";
            break;
        }
        if !INLINE.contains(&name) {
            end_line(&mut lines, &mut line);
        }
    }
    if left_out.is_none() {
        line.push_str(rest);
    }
    end_line(&mut lines, &mut line);
    lines
}

fn end_line(lines: &mut String, line: &mut String) {
    if !line.trim().is_empty() {
        lines.push_str(entities(line).trim());
        lines.push('\n');
    }
    line.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_the_sender_is_left() {
        for (html, expected) in [
            ("<p>Delete <b>Account</b></p>", "Delete Account\n"),
            ("<html><head><title>Delete</title></head><body>Hi<br>there</body></html>", "Hi\nthere\n"),
            ("<div>Hi</div><blockquote>a<blockquote>b</blockquote>c</blockquote><div>there</div>", "Hi\nthere\n"),
            ("<div>Hi</div><div class=\"gmail_quote\">Delete Account</div>", "Hi\n"),
            ("Delete&nbsp;Account &amp; more", "Delete\u{a0}Account & more\n"),
            ("<!-- <p>Delete Account</p> -->Hi", "Hi\n"),
            ("<style>Delete Account", ""),
            ("Hi <a", "Hi\n"),
            ("<!--", ""),
            ("", ""),
        ] {
            assert_eq!(to_lines(html), expected, "{html}");
        }
    }
}
