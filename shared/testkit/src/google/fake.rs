//! Google's side of OpenID Connect: sign-in page, token endpoint, key set; and the pictures of people.
//!
//! Sources: "OpenID Connect" and "OAuth 2.0 for Web Server Applications" in Google's
//! identity documentation; PKCE by RFC 7636.

use super::{
    consent::{CLIENT_SECRET, Consent, GOOGLE_AUTHORIZE_URL, GOOGLE_CLIENT_ID, GoogleProfile},
    keys,
    security_event::SecurityEvent,
    token::{Tampering, TokenIssue},
};
use crate::{clock::WorldClock, lock::locked, partners::partner::Partner, random::Random};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{Method, Response};
use kernel::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};
use url::{Url, form_urlencoded};

/// How long a code can be exchanged.
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The picture of every person: a PNG of one colour, 96 pixels wide and high, in base64.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAGAAAABgCAIAAABt+uBvAAAAjklEQVR42u3QMQ0AAAgDsMlBIhKRhQNOriZV0EwXhygQJEiQIEGCBAlCkCBB\
    ggQJEiQIQYIECRIkSJAgBAkSJEiQIEGCBCFIkCBBggQJEoQgQYIECRIkSBCCBAkSJEiQIEGCECRIkCBBggQJQpAgQYIECRIkCEGCBAkSJEiQ\
    IEEIEiRIkCBBggQhSJCgPwuzu6LvFmfIQwAAAABJRU5ErkJggg==";

/// The fake Google of a world. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct FakeGoogle(Arc<Shared>);

struct Shared {
    clock: WorldClock,
    state: Mutex<GoogleState>,
}

struct GoogleState {
    chance: Random,
    codes: BTreeMap<String, Consent>,
    tampering: Option<Tampering>,
    rotations: usize,
}

impl fmt::Debug for FakeGoogle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Google")
    }
}

impl FakeGoogle {
    pub(crate) fn new(clock: WorldClock, chance: Random) -> Self {
        let state = GoogleState { chance, codes: BTreeMap::new(), tampering: None, rotations: 0 };
        Self(Arc::new(Shared { clock, state: Mutex::new(state) }))
    }

    /// The person follows `authorize_url`, signs in and consents. Returns the URL of our
    /// callback to which Google sends the browser.
    ///
    /// # Panics
    /// When Google would show an error page instead; the message names the reason.
    #[must_use]
    pub fn sign_in(&self, authorize_url: &str, profile: &GoogleProfile) -> String {
        let parameters = checked_parameters(authorize_url);
        let mut state = locked(&self.0.state);
        let code = format!("4/{}", state.chance.hex(40));
        let consent = Consent {
            at: self.0.clock.now(),
            redirect_uri: parameters["redirect_uri"].clone(),
            challenge: parameters["code_challenge"].clone(),
            nonce: parameters["nonce"].clone(),
            scope: parameters["scope"].clone(),
            profile: profile.clone(),
        };
        state.codes.insert(code.clone(), consent);
        let scope = parameters["scope"].as_str();
        callback(&parameters, &[("code", &code), ("scope", scope), ("authuser", "0"), ("prompt", "consent")])
    }

    /// The person follows `authorize_url` and refuses. Returns the URL of our callback.
    ///
    /// # Panics
    /// When Google would show an error page instead; the message names the reason.
    #[must_use]
    pub fn refuse(&self, authorize_url: &str) -> String {
        callback(&checked_parameters(authorize_url), &[("error", "access_denied")])
    }

    /// Tampers with every ID token and security event token from now on; `None` makes correct tokens again.
    pub fn tamper(&self, tampering: impl Into<Option<Tampering>>) {
        locked(&self.0.state).tampering = tampering.into();
    }

    /// Signs with a new key from now on. The key set has the new key and the one before.
    pub fn rotate_key(&self) {
        locked(&self.0.state).rotations += 1;
    }

    /// A security event token of now, in the compact form: `event` is its name, a URI, and `subject` the person,
    /// or empty for an event about nobody. The test delivers it.
    #[must_use]
    pub fn security_event(&self, event: &str, subject: &str) -> String {
        let mut state = locked(&self.0.state);
        let id = state.chance.hex(32);
        let (now, rotations) = (self.0.clock.now(), state.rotations);
        SecurityEvent { now, rotations, id: &id, event, subject }.token(state.tampering)
    }

    fn token(&self, form: &BTreeMap<String, String>) -> Response<Bytes> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("grant_type") != "authorization_code" {
            return refused(400, "unsupported_grant_type", "Invalid grant_type");
        }
        if field("client_id") != GOOGLE_CLIENT_ID {
            return refused(401, "invalid_client", "The OAuth client was not found.");
        }
        if field("client_secret") != CLIENT_SECRET {
            return refused(401, "invalid_client", "Unauthorized");
        }
        let mut state = locked(&self.0.state);
        // The first try spends a code, even if it fails.
        let Some(consent) = state.codes.remove(field("code")) else {
            return refused(400, "invalid_grant", "Malformed auth code.");
        };
        let now = self.0.clock.now();
        if now.duration_since(consent.at).unsigned_abs() > CODE_LIFETIME {
            return refused(400, "invalid_grant", "Bad Request");
        }
        if field("redirect_uri") != consent.redirect_uri {
            return refused(400, "redirect_uri_mismatch", "Bad Request");
        }
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
        if challenge != consent.challenge {
            return refused(400, "invalid_grant", "Invalid code verifier.");
        }
        let access_token = format!("ya29.{}", state.chance.hex(60));
        let issue = TokenIssue { now, consent: &consent, access_token: &access_token, rotations: state.rotations };
        let id_token = issue.id_token(state.tampering);
        json_answer(
            200,
            &json!({
                "access_token": access_token,
                "expires_in": 3599,
                "scope": consent.scope,
                "token_type": "Bearer",
                "id_token": id_token,
            }),
        )
    }
}

impl Partner for FakeGoogle {
    fn handle(&self, _: Timestamp, request: net::Request) -> Response<Bytes> {
        let form_type = "application/x-www-form-urlencoded";
        let is_form = request.headers().get("content-type").is_some_and(|kind| kind == form_type);
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/token") if is_form => self.token(&pairs(request.body())),
            (&Method::POST, "/token") => refused(400, "invalid_request", "Send a form."),
            (&Method::GET, "/oauth2/v3/certs") => {
                let rotations = locked(&self.0.state).rotations;
                let mut response = json_answer(200, &keys::key_set(rotations));
                let caching = "public, max-age=19800, must-revalidate, no-transform";
                response.headers_mut().insert("cache-control", caching.parse().expect("a header value"));
                response
            }
            (&Method::GET, path) if path.ends_with(".png") => picture(),
            _ => json_answer(404, &json!({ "error": "not_found" })),
        }
    }
}

/// The parameters of the sign-in page. Google's own checks, and those of our sign-in beyond
/// them: state, nonce and PKCE.
fn checked_parameters(authorize_url: &str) -> BTreeMap<String, String> {
    let (page, query) = authorize_url.split_once('?').unwrap_or((authorize_url, ""));
    assert_eq!(page, GOOGLE_AUTHORIZE_URL, "the login must lead to Google's sign-in page");
    let parameters = pairs(query.as_bytes());
    for (name, wanted) in
        [("client_id", GOOGLE_CLIENT_ID), ("response_type", "code"), ("code_challenge_method", "S256")]
    {
        assert_eq!(parameters.get(name).map(String::as_str), Some(wanted), "{name} in {authorize_url}");
    }
    for (name, least) in [("redirect_uri", 1), ("state", 16), ("nonce", 16), ("code_challenge", 43)] {
        let length = parameters.get(name).map_or(0, String::len);
        assert!(length >= least, "{name} must have at least {least} characters in {authorize_url}");
    }
    let scopes: Vec<_> = parameters.get("scope").into_iter().flat_map(|scope| scope.split(' ')).collect();
    assert!(scopes.contains(&"openid"), "the scope must have openid in {authorize_url}");
    parameters
}

fn callback(parameters: &BTreeMap<String, String>, answer: &[(&str, &str)]) -> String {
    let mut url = Url::parse(&parameters["redirect_uri"]).expect("the redirect URI is a URL");
    url.query_pairs_mut().append_pair("state", &parameters["state"]).extend_pairs(answer);
    url.into()
}

fn pairs(form: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(form).into_owned().collect()
}

fn refused(status: u16, error: &str, description: &str) -> Response<Bytes> {
    json_answer(status, &json!({ "error": error, "error_description": description }))
}

fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let response = Response::builder().status(status).header("content-type", "application/json; charset=utf-8");
    response.body(body.to_string().into()).expect("the answer is well formed")
}

fn picture() -> Response<Bytes> {
    let file = BASE64_STANDARD.decode(PICTURE).expect("the picture is base64");
    let response = Response::builder().status(200).header("content-type", "image/png");
    response.body(file.into()).expect("the answer is well formed")
}
