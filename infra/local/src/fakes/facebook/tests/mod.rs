//! Every check of the fake: each wrong thing is refused as Facebook refuses it.

mod callbacks;
mod dialog;
mod graph;

use super::{fake::FakeFacebook, profile::FacebookProfile, settings::FakeFacebookSettings};
use crate::fakes::sign_in::test_forms::{CHALLENGE, VERIFIER, encoded, json_of, with};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

const BASE: &str = "http://127.0.0.1:7004";
const ORIGIN: &str = "http://127.0.0.1:8080";
const CALLBACK: &str = "http://127.0.0.1:8080/v1/login/facebook/callback";
const APP: &str = "702300000000001";
const SECRET: &str = "local-facebook-app-secret";

/// The parameters of our own sign-in.
const ASKED: [(&str, &str); 7] = [
    ("client_id", APP),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("scope", "public_profile email"),
    ("state", "a state of ours"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The parameters of our own exchange, without the code.
const EXCHANGED: [(&str, &str); 4] =
    [("client_id", APP), ("client_secret", SECRET), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];

fn fake() -> FakeFacebook {
    FakeFacebook::new(FakeFacebookSettings::new(BASE, ORIGIN))
}

fn get(facebook: &FakeFacebook, now: Timestamp, path: &str, query: &[(&str, &str)]) -> Response<Bytes> {
    let uri = format!("{path}?{}", encoded(query));
    facebook.handle(now, Request::get(uri).body(Bytes::new()).unwrap())
}

fn post(facebook: &FakeFacebook, now: Timestamp, path: &str, form: &[(&str, &str)]) -> Response<Bytes> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    facebook.handle(now, request.body(Bytes::from(encoded(form))).unwrap())
}

/// The code and the subcode of an error, and its type.
fn error_of(answer: &Response<Bytes>) -> (u64, Option<u64>, String) {
    let error = &json_of(answer)["error"];
    assert!(error["message"].is_string() && error["fbtrace_id"].is_string(), "{error}");
    let code = error["code"].as_u64().unwrap_or_else(|| panic!("no error: {:?}", answer.body()));
    (code, error["error_subcode"].as_u64(), error["type"].as_str().unwrap().to_owned())
}

/// Signs the person in, with the parameters of our own sign-in changed so. Returns the code.
fn code(facebook: &FakeFacebook, now: Timestamp, profile: &FacebookProfile, changes: &[(&str, &str)]) -> String {
    let url = format!("{}?{}", facebook.settings().authorize_url(), encoded(&with(&ASKED, changes)));
    let callback = facebook.sign_in(now, &url, profile).unwrap();
    let callback = url::Url::parse(&callback).unwrap();
    assert!(callback.as_str().starts_with(CALLBACK), "{callback}");
    callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

/// Signs the person in and exchanges the code. Returns the access token.
fn token(facebook: &FakeFacebook, now: Timestamp, profile: &FacebookProfile) -> String {
    let code = code(facebook, now, profile, &[]);
    let answer = post(facebook, now, "/v24.0/oauth/access_token", &with(&EXCHANGED, &[("code", &code)]));
    json_of(&answer)["access_token"].as_str().unwrap_or_else(|| panic!("{:?}", answer.body())).to_owned()
}
