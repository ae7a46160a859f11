//! Tokens that are wrong whatever their claims say (RFC 8725).

use super::keys::{Key, apple_key_der, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A token that must be refused, by its name.
pub(crate) type Bad = (&'static str, String);

/// Every forgery of a token with these claims, which are valid. Our key has the id `one`.
pub(crate) fn forged_tokens(claims: &Value) -> Vec<Bad> {
    [algorithms(claims), keys(claims), headers(claims), shapes(claims), texts(claims)].concat()
}

/// Asserts that each of at least `least` cases has a name of its own.
#[track_caller]
pub(crate) fn assert_named(bad: &[Bad], least: usize) {
    let names: BTreeSet<_> = bad.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), bad.len(), "a name is given twice");
    assert!(bad.len() >= least, "{} cases, fewer than {least}", bad.len());
}

/// Another algorithm than RS256.
fn algorithms(claims: &Value) -> Vec<Bad> {
    let modulus = Key::ours().modulus();
    let hmac = |alg, secret: &[u8]| {
        encode(&Header { alg, ..header("one") }, claims, &EncodingKey::from_secret(secret).unwrap()).unwrap()
    };
    let ours = |alg| Key::ours().sign(&Header { alg, ..header("one") }, claims);
    let elliptic = Header { alg: Algorithm::ES256, ..header("one") };
    vec![
        ("alg none, without a signature", relabelled(claims, "none", false)),
        ("alg none, with the right signature", relabelled(claims, "none", true)),
        ("alg NONE, without a signature", relabelled(claims, "NONE", false)),
        ("an empty alg", relabelled(claims, "", true)),
        ("an unknown alg", relabelled(claims, "RS257", true)),
        ("alg in lower case", relabelled(claims, "rs256", true)),
        ("alg HS256 in a changed header", relabelled(claims, "HS256", true)),
        ("alg ES256 in a changed header", relabelled(claims, "ES256", true)),
        ("alg EdDSA in a changed header", relabelled(claims, "EdDSA", true)),
        ("HS256 with the public modulus as its secret", hmac(Algorithm::HS256, &modulus)),
        (
            "HS256 with the published text as its secret",
            hmac(Algorithm::HS256, URL_SAFE_NO_PAD.encode(&modulus).as_bytes()),
        ),
        ("HS512 with the public modulus as its secret", hmac(Algorithm::HS512, &modulus)),
        ("RS384 by the right key", ours(Algorithm::RS384)),
        ("RS512 by the right key", ours(Algorithm::RS512)),
        ("PS256 by the right key", ours(Algorithm::PS256)),
        ("PS512 by the right key", ours(Algorithm::PS512)),
        ("ES256 by a key of P-256", encode(&elliptic, claims, &EncodingKey::from_ec_der(&apple_key_der())).unwrap()),
    ]
}

/// Another key than the published one.
fn keys(claims: &Value) -> Vec<Bad> {
    let strangers = |header: Header| Key::strangers().sign(&header, claims);
    let its_own = serde_json::from_value(Key::strangers().jwk("two")).unwrap();
    let text = claims.to_string();
    let ours = |header: &str| Key::ours().sign_texts(header, &text);
    vec![
        ("another key under the same id", strangers(header("one"))),
        ("another key without an id", strangers(Header { kid: None, ..header("one") })),
        ("an unknown key id", strangers(header("two"))),
        ("an unknown key id, by the right key", Key::ours().sign(&header("two"), claims)),
        ("an empty key id", Key::ours().sign(&header(""), claims)),
        ("a key id with a path", Key::ours().sign(&header("../one"), claims)),
        ("a key id that is a number", ours(r#"{"alg":"RS256","kid":1}"#)),
        ("two key ids", ours(r#"{"alg":"RS256","kid":"one","kid":"one"}"#)),
        ("its own key in the header", strangers(Header { jwk: Some(its_own), ..header("two") })),
        (
            "its own key set in the header",
            strangers(Header { jku: Some("https://evil.example/keys".into()), ..header("one") }),
        ),
        ("its own certificate in the header", strangers(Header { x5c: Some(vec!["AA==".into()]), ..header("one") })),
    ]
}

/// Another header.
fn headers(claims: &Value) -> Vec<Bad> {
    let ours = |header: Header| Key::ours().sign(&header, claims);
    let typ = |typ: &str| ours(Header { typ: Some(typ.to_owned()), ..header("one") });
    let crit = |names: &[&str]| {
        ours(Header { crit: Some(names.iter().map(|it| (*it).to_owned()).collect()), ..header("one") })
    };
    let text = claims.to_string();
    let written = |header: &str| Key::ours().sign_texts(header, &text);
    vec![
        ("the type of an access token", typ("at+jwt")),
        ("the type of a logout token", typ("logout+jwt")),
        ("an unknown type", typ("x")),
        ("an empty type", typ("")),
        ("a type that is a number", written(r#"{"alg":"RS256","kid":"one","typ":1}"#)),
        ("a critical header that is not understood", crit(&["exp"])),
        ("a critical header about the encoding", crit(&["b64"])),
        ("an empty list of critical headers", crit(&[])),
        ("a payload that is not encoded", written(r#"{"alg":"RS256","kid":"one","b64":false,"crit":["b64"]}"#)),
        ("no algorithm", written(r#"{"kid":"one"}"#)),
        ("two algorithms", written(r#"{"alg":"RS256","alg":"RS256","kid":"one"}"#)),
        ("a header that is a list", written(r#"["RS256"]"#)),
        ("a header that is no JSON", written("RS256")),
    ]
}

/// Another shape than three parts of base64url.
fn shapes(claims: &Value) -> Vec<Bad> {
    let good = Key::ours().sign(&header("one"), claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = message.split_once('.').unwrap();
    let other = Key::ours().sign(&header("one"), &json!({"other": true}));
    let (_, others) = other.rsplit_once('.').unwrap();
    let mut changed = claims.clone();
    changed["iat"] = json!(changed["iat"].as_i64().unwrap() - 1);
    let changed = URL_SAFE_NO_PAD.encode(changed.to_string());
    let mut large = claims.clone();
    large["padding"] = json!("x".repeat(8 * 1024));
    vec![
        ("an empty text", String::new()),
        ("one dot", ".".to_owned()),
        ("two dots", "..".to_owned()),
        ("no base64url", "a!.b!.c!".to_owned()),
        ("without its signature", message.to_owned()),
        ("an empty signature", format!("{message}.")),
        ("a truncated signature", good[..good.len() - 2].to_owned()),
        ("a signature with one character more", format!("{good}A")),
        ("a signature with padding", format!("{good}==")),
        ("a signature of another token", format!("{message}.{others}")),
        ("a fourth part", format!("{good}.e30")),
        ("five parts, as an encrypted token has", format!("{head}.{payload}.{signature}.e30.e30")),
        ("a changed payload", format!("{head}.{changed}.{signature}")),
        ("a payload with padding", format!("{head}.{payload}=.{signature}")),
        ("a line break inside", format!("{head}.{payload}\n.{signature}")),
        ("larger than 8 KB", Key::ours().sign(&header("one"), &large)),
    ]
}

/// Claims of another form, by the right key.
fn texts(claims: &Value) -> Vec<Bad> {
    let text = claims.to_string();
    let ours = |claims: &str| Key::ours().sign_texts(r#"{"alg":"RS256","kid":"one"}"#, claims);
    let twice = |name: &str| ours(&format!("{{\"{name}\":{},{}", claims[name], &text[1..]));
    vec![
        ("claims that are a list", ours("[]")),
        ("claims that are a text", ours(r#""claims""#)),
        ("no claims", ours("{}")),
        ("claims that are no JSON", ours("claims")),
        ("claims with a tail", ours(&format!("{text}{{}}"))),
        ("two issuers", twice("iss")),
        ("two audiences", twice("aud")),
        ("two times of issue", twice("iat")),
    ]
}

/// The token under another algorithm, with the signature of the right one or none.
fn relabelled(claims: &Value, alg: &str, is_signed: bool) -> String {
    let good = Key::ours().sign(&header("one"), claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let head = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "kid": "one"}).to_string());
    format!("{head}.{payload}.{}", if is_signed { signature } else { "" })
}
