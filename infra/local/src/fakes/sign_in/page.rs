//! The pages of a partner of sign-in. They need no script, no font and no picture from elsewhere.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// A sentence that every page says.
pub(crate) const STAND_IN: &str = "This is a stand-in on this machine. It asks for nothing secret.";

/// A page with this title, style and body.
pub(crate) fn page(status: StatusCode, title: &str, style: &str, body: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>{style}</style>\n\
         <body>\n{body}\n</body>\n</html>\n",
        escaped(title)
    );
    let mut answer = Response::new(Bytes::from(html));
    *answer.status_mut() = status;
    for (name, value) in [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// A text inside HTML, also inside the quotes of an attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The name that a person has unless they say another: `ada.l@example.com` is Ada L.
pub(crate) fn usual_name(person: &str) -> String {
    let words = person.split('@').next().unwrap_or_default().split(['.', '_', '-', ' ']);
    let titled = words.filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    titled.collect::<Vec<_>>().join(" ")
}

/// The address of a person who says none.
pub(crate) fn usual_address(person: &str) -> String {
    if person.contains('@') { person.to_owned() } else { format!("{}@example.com", person.replace(' ', ".")) }
}
