//! Pieces of HTML, and of the document.

use pulldown_cmark::{Parser, html::push_html};
use serde_json::Value;

/// Text in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A piece of code in a line.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Markdown as HTML. The texts are our own.
pub(crate) fn markdown(text: &str) -> String {
    let mut html = String::new();
    push_html(&mut html, Parser::new(text));
    html
}

/// A table. It scrolls by itself where the window is narrow.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let head: String = head.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
    let row = |row: [String; N]| format!("<tr>{}</tr>\n", row.map(|cell| format!("<td>{cell}</td>")).concat());
    let rows: String = rows.into_iter().map(row).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// One line of Markdown, without its paragraph.
pub(crate) fn inline(line: &str) -> String {
    let html = markdown(line);
    html.trim().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
}

/// A text of the document, or nothing.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a list of the document.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
        assert_eq!(markdown("`a<b` and *c*"), "<p><code>a&lt;b</code> and <em>c</em></p>\n");
    }
}
