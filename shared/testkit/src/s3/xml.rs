//! The XML of S3: enough to write its answers and to read the SDK's requests.

/// An element with text.
pub(super) fn element(name: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    format!("<{name}>{text}</{name}>")
}

/// An element with elements inside.
pub(super) fn nested(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

/// A whole document.
pub(super) fn document(root: &str, inside: &str) -> String {
    let namespace = if root == "Error" { "" } else { " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"" };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}{namespace}>{inside}</{root}>")
}

/// The insides of all elements of this name. They must not nest in themselves.
pub(super) fn all<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let after = document.split(open.as_str()).skip(1);
    after.filter_map(|rest| rest.split_once(close.as_str()).map(|(inside, _)| inside)).collect()
}

/// The text of the first element of this name.
pub(super) fn text(document: &str, name: &str) -> Option<String> {
    let inside = all(document, name).into_iter().next()?;
    let text = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Some(text.replace("&amp;", "&"))
}
