//! The page of the dialog.

use super::dialog::DialogRequest;
use crate::fakes::sign_in::page::{self, STAND_IN, escaped};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

const TITLE: &str = "Log in with Facebook";

const STYLE: &str = "\
:root{--back:#f0f2f5;--card:#fff;--text:#1c1e21;--soft:#606770;--line:#ccd0d5;--accent:#0866ff;--second:#e4e6eb}\
@media(prefers-color-scheme:dark){:root{--back:#18191a;--card:#242526;--text:#e4e6eb;--soft:#b0b3b8;--line:#4e4f50;\
--accent:#4599ff;--second:#3a3b3c}button#continue{color:#0b1a2e}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;background:var(--back);color:var(--text);font:16px/1.4 \"Segoe UI\",Roboto,system-ui,\
Helvetica,Arial,sans-serif}\
header{padding:14px 20px;background:var(--card);color:var(--accent);font-size:24px;font-weight:700;\
border-bottom:1px solid var(--line)}\
main{width:calc(100% - 24px);max-width:480px;margin:28px auto;padding:24px;border-radius:8px;background:var(--card);\
box-shadow:0 1px 3px rgba(0,0,0,.25);overflow-wrap:anywhere}\
h1{margin:0 0 8px;font-size:21px;line-height:1.25}p{margin:0 0 16px}.note{margin:20px 0 0;font-size:13px;\
color:var(--soft)}\
form{display:grid;gap:14px;margin:0 0 10px}\
label{display:grid;gap:4px;font-size:14px;color:var(--soft)}\
input[type=text]{width:100%;padding:12px;border:1px solid var(--line);border-radius:6px;background:var(--card);\
color:var(--text);font:inherit}\
fieldset{margin:0;padding:4px 12px;border:1px solid var(--line);border-radius:6px}\
legend{padding:0 4px;font-size:14px;color:var(--soft)}\
.choice{display:flex;gap:10px;align-items:center;padding:8px 0;color:var(--text);font-size:16px}\
button{width:100%;padding:12px;border:0;border-radius:6px;background:var(--accent);color:#fff;font:inherit;\
font-weight:600;cursor:pointer}\
button#cancel{background:var(--second);color:var(--text)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

fn shown(status: StatusCode, body: &str) -> Response<Bytes> {
    let body = format!("<header>facebook</header>\n<main>\n{body}\n<p class=\"note\">{STAND_IN}</p>\n</main>");
    page::page(status, TITLE, STYLE, &body)
}

/// The page that a person sees instead of the dialog.
pub(super) fn refused(why: &str) -> Response<Bytes> {
    let body = format!("<h1>Sorry, something went wrong.</h1>\n<p id=\"error\">{}</p>", escaped(why));
    shown(StatusCode::BAD_REQUEST, &body)
}

/// The dialog.
pub(super) fn dialog(asked: &DialogRequest, is_missing: bool) -> Response<Bytes> {
    let choice = |value: &str, label: &str, checked: &str| {
        format!(
            "<label class=\"choice\"><input type=\"radio\" id=\"{value}\" name=\"email\" value=\"{value}\"{checked}>\
             {label}</label>"
        )
    };
    let choices = match asked.wants_email {
        true => format!(
            "<fieldset><legend>E-mail address</legend>{}{}{}</fieldset>\n",
            choice("share", "Share it", " checked"),
            choice("withhold", "Do not share it", ""),
            choice("none", "This account has none", "")
        ),
        false => String::new(),
    };
    let again = match asked.reauthenticates {
        true => "<p id=\"again\">Facebook asks you to prove that it is you, also if you are logged in.</p>\n",
        false => "",
    };
    let hint = if is_missing { "<p id=\"missing\" role=\"alert\">Say who you are.</p>\n" } else { "" };
    let body = format!(
        "<h1>Log in to Cinemaxsai with your Facebook account</h1>\n\
         <p>Cinemaxsai will receive your name, your profile picture and, if you share it, your e-mail address.</p>\n\
         {again}{hint}\
         <form method=\"post\"><label>E-mail or name\n\
         <input type=\"text\" id=\"person\" name=\"person\" maxlength=\"200\" required autofocus autocomplete=\"off\" \
         autocapitalize=\"none\" spellcheck=\"false\"></label>\n{choices}\
         <button id=\"continue\" name=\"action\" value=\"continue\">Continue</button></form>\n\
         <form method=\"post\"><button id=\"cancel\" name=\"action\" value=\"cancel\">Cancel</button></form>"
    );
    shown(if is_missing { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &body)
}

/// Sends the browser to our callback. Facebook adds the fragment.
pub(super) fn going_back(url: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::FOUND;
    if let Ok(url) = HeaderValue::try_from(format!("{url}#_=_")) {
        answer.headers_mut().insert(header::LOCATION, url);
    }
    answer
}
