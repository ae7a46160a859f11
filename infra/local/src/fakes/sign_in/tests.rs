use super::{
    jwt::{self, ReceivedToken},
    page::{escaped, usual_address, usual_name},
    parameters::{ParameterFault, Parameters},
    pkce,
    rsa::RsaKey,
    test_forms::{CHALLENGE, VERIFIER},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use ring::signature;
use serde_json::{Value, json};

fn parsed(text: &str) -> Parameters {
    Parameters::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_parameter_occurs_once_and_has_a_value() {
    let parameters = parsed("a=1&b=&c=x+y%26");
    assert_eq!((parameters.get("a"), parameters.get("b"), parameters.text("c")), (Some("1"), None, "x y&"));
    assert_eq!(Parameters::parse(b"a=1&a=1"), Err(ParameterFault::Repeated("a".to_owned())));
    assert_eq!(Parameters::parse(b"a=&a=1"), Err(ParameterFault::Repeated("a".to_owned())));
    assert_eq!(parsed("a=1").joined(parsed("a=2")), Err(ParameterFault::Repeated("a".to_owned())));
    assert_eq!(parsed("a=1").joined(parsed("b=2")).unwrap().text("b"), "2");
}

#[test]
fn only_a_form_is_read_as_a_form() {
    for (content_type, is_form) in [
        ("application/x-www-form-urlencoded", true),
        ("application/x-www-form-urlencoded; charset=utf-8", true),
        ("application/json", false),
        ("text/plain", false),
        ("", false),
    ] {
        let request = Request::post("/x").header("content-type", content_type).body(Bytes::from("a=1")).unwrap();
        assert_eq!(Parameters::of_form(&request).is_ok(), is_form, "{content_type}");
    }
}

#[test]
fn a_verifier_fits_its_challenge_alone() {
    let long = "v".repeat(129);
    for (challenge, verifier, fits) in [
        (Some(CHALLENGE), Some(VERIFIER), true),
        (None, None, true),
        (Some(CHALLENGE), None, false),
        (Some(CHALLENGE), Some("another-verifier-of-at-least-forty-three-characters"), false),
        (Some(CHALLENGE), Some("short"), false),
        (Some(CHALLENGE), Some(long.as_str()), false),
        (Some(CHALLENGE), Some(CHALLENGE), false),
        (None, Some(VERIFIER), false),
    ] {
        assert_eq!(pkce::fits(challenge, verifier), fits, "{challenge:?} {verifier:?}");
    }
}

#[test]
fn a_challenge_is_a_sha256_with_its_method() {
    for (query, answer) in [
        (format!("code_challenge={CHALLENGE}&code_challenge_method=S256"), Ok(Some(CHALLENGE.to_owned()))),
        (String::new(), Ok(None)),
        (format!("code_challenge={CHALLENGE}"), Err(())),
        (format!("code_challenge={CHALLENGE}&code_challenge_method=plain"), Err(())),
        ("code_challenge_method=S256".to_owned(), Err(())),
        ("code_challenge=short&code_challenge_method=S256".to_owned(), Err(())),
    ] {
        assert_eq!(pkce::challenge(&parsed(&query)).map_err(|_| ()), answer, "{query}");
    }
}

#[test]
fn a_key_follows_from_its_name_and_its_signature_verifies() {
    let (key, again, other) = (RsaKey::of("one"), RsaKey::of("one"), RsaKey::of("other"));
    assert_eq!((key.id(), key.modulus()), (again.id(), again.modulus()));
    assert_ne!(key.modulus(), other.modulus());
    let token = jwt::signed(key.id(), &json!({ "sub": "ada" }), &key);
    let read = ReceivedToken::parse(&token).unwrap();
    assert_eq!((&read.header["alg"], &read.header["kid"]), (&json!("RS256"), &json!(key.id())));
    assert_eq!(read.claims, json!({ "sub": "ada" }));
    let verified = |key: &RsaKey| {
        let published = key.published();
        let part = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(published[name].as_str().unwrap()).unwrap();
        let public = signature::RsaPublicKeyComponents { n: part("n"), e: part("e") };
        public.verify(&signature::RSA_PKCS1_2048_8192_SHA256, read.message, &read.signature).is_ok()
    };
    assert!(verified(&key) && !verified(&other));
}

#[test]
fn a_text_that_is_no_token_is_not_read() {
    let object = jwt::part(&json!({}));
    for token in
        ["", "a", "a.b", "a.b.c", &format!("{object}.{object}"), &format!("{object}.{}.", jwt::part(&Value::Null))]
    {
        assert!(ReceivedToken::parse(token).is_none(), "{token}");
    }
}

#[test]
fn a_person_has_a_usual_name_and_address() {
    assert_eq!(usual_name("ada.lovelace@example.com"), "Ada Lovelace");
    assert_eq!((usual_name("émile"), usual_name("@")), ("Émile".to_owned(), String::new()));
    assert_eq!(
        (usual_address("ada"), usual_address("a@b.test")),
        ("ada@example.com".to_owned(), "a@b.test".to_owned())
    );
    assert_eq!(escaped(r#"<a b="c">'&"#), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
}
