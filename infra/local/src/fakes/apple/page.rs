//! The pages of the sign-in.

use super::{
    authorize::{AppleAnswer, AppleProfile, AuthorizationRequest},
    problem::AppleProblem,
    state::{AppleState, Authorization},
};
use crate::fakes::sign_in::page::{self, STAND_IN, escaped};
use bytes::Bytes;
use http::{Response, StatusCode};

const TITLE: &str = "Sign in with Apple";

const STYLE: &str = "\
:root{--back:#f5f5f7;--card:#fff;--text:#1d1d1f;--soft:#6e6e73;--line:#d2d2d7;--accent:#0066cc;--button:#1d1d1f;\
--on-button:#fff}\
@media(prefers-color-scheme:dark){:root{--back:#000;--card:#1d1d1f;--text:#f5f5f7;--soft:#a1a1a6;--line:#424245;\
--accent:#2997ff;--button:#f5f5f7;--on-button:#1d1d1f}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--back);color:var(--text);\
font:17px/1.47 -apple-system,system-ui,\"Helvetica Neue\",Arial,sans-serif}\
main{width:100%;max-width:420px;padding:32px 28px;border-radius:18px;background:var(--card);text-align:center;\
overflow-wrap:anywhere}\
h1{margin:0 0 8px;font-size:24px;line-height:1.2;font-weight:600}\
p{margin:0 0 16px}.brand{font-weight:600}.note{margin:24px 0 0;font-size:13px;color:var(--soft)}\
form{display:grid;gap:12px;margin:0 0 12px;text-align:left}\
label{display:grid;gap:4px;font-size:14px;color:var(--soft)}\
input[type=text]{width:100%;padding:13px 14px;border:1px solid var(--line);border-radius:12px;background:var(--card);\
color:var(--text);font:inherit}\
fieldset{margin:0;padding:4px 14px;border:1px solid var(--line);border-radius:12px}\
legend{padding:0 4px;font-size:14px;color:var(--soft)}\
.choice{display:flex;gap:10px;align-items:center;padding:9px 0;color:var(--text);font-size:17px}\
.choice small{display:block;font-size:13px;color:var(--soft)}\
button{width:100%;padding:13px;border:0;border-radius:12px;background:var(--button);color:var(--on-button);\
font:inherit;cursor:pointer}\
button.plain{background:none;color:var(--accent)}\
button.person{border:1px solid var(--line);background:none;color:var(--text);text-align:left}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

const CANCEL: &str = "<form method=\"post\"><button id=\"cancel\" class=\"plain\" name=\"action\" value=\"cancel\">Cancel\
                      </button></form>";

fn shown(status: StatusCode, body: &str) -> Response<Bytes> {
    let body = format!("<main>\n<p class=\"brand\">{TITLE}</p>\n{body}\n<p class=\"note\">{STAND_IN}</p>\n</main>");
    page::page(status, TITLE, STYLE, &body)
}

/// The page that a person sees instead of the sign-in.
pub(super) fn refused(problem: &AppleProblem) -> Response<Bytes> {
    let body = format!(
        "<h1>Your request could not be completed because of an error.</h1>\n<p id=\"error\">{}</p>\n<p>{}</p>",
        problem.error,
        escaped(&problem.description)
    );
    shown(StatusCode::BAD_REQUEST, &body)
}

/// The page that asks which person it is.
pub(super) fn who(state: &AppleState, client: &str, is_missing: bool) -> Response<Bytes> {
    let people = state.authorizations.keys().map(|person| {
        let person = escaped(person);
        format!("<button class=\"person\" name=\"person\" value=\"{person}\">{person}</button>")
    });
    let people: Vec<_> = people.collect();
    let known = match people.is_empty() {
        true => String::new(),
        false => {
            format!("<form method=\"post\" id=\"known\"><label>Signed in before</label>{}</form>\n", people.concat())
        }
    };
    let hint = if is_missing { "<p id=\"missing\" role=\"alert\">Say who you are.</p>\n" } else { "" };
    let body = format!(
        "<h1>Use your Apple Account to sign in to {}.</h1>\n{hint}\
         <form method=\"post\"><label>E-mail or name\n\
         <input type=\"text\" id=\"person\" name=\"person\" maxlength=\"200\" required autofocus autocomplete=\"off\" \
         autocapitalize=\"none\" spellcheck=\"false\"></label>\n\
         <button id=\"next\">Sign In</button></form>\n{known}{CANCEL}",
        escaped(client)
    );
    shown(if is_missing { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &body)
}

/// The page that asks for consent: the first time with name and address, later without.
pub(super) fn consent(
    asked: &AuthorizationRequest,
    client: &str,
    profile: &AppleProfile,
    known: Option<&Authorization>,
    relay: &str,
) -> Response<Bytes> {
    let (client, person) = (escaped(client), escaped(&profile.person));
    let (heading, fields) = match known {
        Some(authorization) => (
            format!("Do you want to sign in to {client} as {person}?"),
            format!("<p>{client} knows you as {}.</p>", escaped(&authorization.email)),
        ),
        None => (
            format!("Create an account for {client} as {person}."),
            [asked.wants_name.then(|| name_fields(profile)), asked.wants_email.then(|| choices(profile, relay))]
                .into_iter()
                .flatten()
                .collect(),
        ),
    };
    let body = format!(
        "<h1>{heading}</h1>\n<form method=\"post\"><input type=\"hidden\" name=\"person\" value=\"{person}\">\n{fields}\n\
         <button id=\"continue\" name=\"action\" value=\"continue\">Continue</button></form>\n{CANCEL}"
    );
    shown(StatusCode::OK, &body)
}

fn name_fields(profile: &AppleProfile) -> String {
    let field = |name: &str, label: &str, value: &str| {
        format!(
            "<label>{label}\n<input type=\"text\" id=\"{name}\" name=\"{name}\" maxlength=\"100\" autocomplete=\"off\" \
             value=\"{}\"></label>\n",
            escaped(value)
        )
    };
    field("first_name", "First name", &profile.first_name) + &field("last_name", "Last name", &profile.last_name)
}

fn choices(profile: &AppleProfile, relay: &str) -> String {
    let choice = |value: &str, label: &str, address: &str, checked: &str| {
        format!(
            "<label class=\"choice\"><input type=\"radio\" id=\"{value}\" name=\"email\" value=\"{value}\"{checked}>\
             <span>{label}<small>{}</small></span></label>",
            escaped(address)
        )
    };
    format!(
        "<fieldset><legend>E-mail</legend>{}{}</fieldset>",
        choice("share", "Share My Email", &profile.email, " checked"),
        choice("hide", "Hide My Email", relay, "")
    )
}

/// The page that posts the answer to us, by itself or, without script, by a button.
pub(super) fn going_back(answer: &AppleAnswer) -> Response<Bytes> {
    let fields = answer
        .fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escaped(value)));
    let body = format!(
        "<h1>One moment</h1>\n<form id=\"answer\" method=\"post\" action=\"{}\">\n{}\
         <noscript><button>Continue</button></noscript></form>\n\
         <script>document.getElementById(\"answer\").submit()</script>",
        escaped(&answer.redirect_uri),
        fields.collect::<String>()
    );
    shown(StatusCode::OK, &body)
}
