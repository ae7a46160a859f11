use super::*;
use serde_json::{Value, json};
use std::time::Duration;

const ORIGIN: &str = "https://cinemaxsai.example";

/// The key pair of RFC 8037 appendix A.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

fn now() -> Timestamp {
    "2026-11-24T10:00:00.789Z".parse().unwrap()
}

fn later(duration: Duration) -> Timestamp {
    now().checked_add(duration).unwrap()
}

fn caller() -> Caller {
    Caller {
        account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
        session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
        issued_at: now(),
    }
}

fn signer() -> Signer {
    Signer::from_seed(SEED, ORIGIN).unwrap()
}

fn verifier() -> Verifier {
    Verifier::from_public_keys(PUBLIC, ORIGIN).unwrap()
}

fn good_claims() -> Value {
    let issued_at = now().as_second();
    json!({
        "iss": ORIGIN, "aud": format!("{ORIGIN}/v1"), "iat": issued_at, "exp": issued_at + 600,
        "sub": caller().account, "sid": caller().session,
    })
}

fn good_header() -> Header {
    signer().header
}

fn signed(header: &Header, claims: &Value) -> String {
    encode(header, claims, &signer().key).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[track_caller]
fn refused(token: &str, why: &str) {
    match verifier().verify(token, now()) {
        Err(Error::Unauthenticated) => {}
        other => panic!("{why}: expected unauthenticated, got {other:?}"),
    }
}

#[test]
fn the_key_id_is_the_thumbprint_of_rfc_8037() {
    let signer = signer();
    assert_eq!(signer.public_key(), PUBLIC);
    assert_eq!(signer.header.kid.as_deref(), Some(KID));
}

#[test]
fn a_token_names_its_caller_to_the_millisecond() {
    let token = signer().issue(&caller()).unwrap();
    assert_eq!(verifier().verify(token.as_str(), now()).unwrap(), caller());
    assert!(token.as_str().len() < TOKEN_MAX_BYTES / 2, "{} bytes", token.as_str().len());
}

#[test]
fn a_token_lives_ten_minutes() {
    let token = signer().issue(&caller()).unwrap();
    let leeway = Duration::from_millis(CLOCK_LEEWAY_MS.unsigned_abs());
    let last = later(ACCESS_TOKEN_LIFETIME + leeway - Duration::from_millis(1));
    assert!(verifier().verify(token.as_str(), last).is_ok());
    assert!(verifier().verify(token.as_str(), later(ACCESS_TOKEN_LIFETIME + leeway)).is_err());
    let first = now().checked_sub(leeway).unwrap();
    assert!(verifier().verify(token.as_str(), first).is_ok());
    assert!(verifier().verify(token.as_str(), first.checked_sub(Duration::from_millis(1)).unwrap()).is_err());
}

#[test]
fn claims_that_are_not_ours_are_refused() {
    assert!(verifier().verify(&signed(&good_header(), &good_claims()), now()).is_ok(), "the base case must hold");
    let second = now().as_second();
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{ORIGIN}/"))),
        ("iss", json!([ORIGIN])),
        ("iss", Value::Null),
        ("aud", json!(ORIGIN)),
        ("aud", json!([format!("{ORIGIN}/v1")])),
        ("aud", Value::Null),
        ("exp", json!(second - 60)),
        ("exp", json!(1e300)),
        ("exp", json!("9999999999")),
        ("exp", Value::Null),
        ("iat", json!(second + 60)),
        ("iat", json!(-1)),
        ("iat", Value::Null),
        ("nbf", json!(second + 60)),
        ("nbf", json!("soon")),
        ("sub", json!("somebody")),
        ("sub", Value::Null),
        ("sid", json!("")),
        ("sid", Value::Null),
    ] {
        let mut claims = good_claims();
        claims[claim] = value.clone();
        refused(&signed(&good_header(), &claims), &format!("{claim} = {value}"));
        claims.as_object_mut().unwrap().remove(claim);
        if claim != "nbf" {
            refused(&signed(&good_header(), &claims), &format!("without {claim}"));
        }
    }
}

#[test]
fn no_other_algorithm_key_or_kind_of_token_is_accepted() {
    let public = URL_SAFE_NO_PAD.decode(PUBLIC).unwrap();
    for secret in [public.as_slice(), PUBLIC.as_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..good_header() };
        let token = encode(&header, &good_claims(), &EncodingKey::from_secret(secret)).unwrap();
        refused(&token, "HS256 with the public key as its secret");
    }
    let good = signed(&good_header(), &good_claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, claims) = message.split_once('.').unwrap();
    for alg in ["none", "None", "NONE", "", "HS256", "RS256", "ES256", "Ed25519", "eddsa"] {
        let header = part(&json!({"alg": alg, "typ": TOKEN_TYPE, "kid": KID}));
        refused(&format!("{header}.{claims}."), &format!("alg {alg:?} without a signature"));
        refused(&format!("{header}.{claims}.{signature}"), &format!("alg {alg:?} with another header's signature"));
    }
    for header in [
        Header { kid: None, ..good_header() },
        Header { kid: Some("unknown".into()), ..good_header() },
        Header { typ: None, ..good_header() },
        Header { typ: Some("JWT".into()), ..good_header() },
        Header { crit: Some(vec!["exp".into()]), ..good_header() },
    ] {
        refused(&signed(&header, &good_claims()), &format!("{header:?}"));
    }
    let stranger = Signer::from_seed(&URL_SAFE_NO_PAD.encode([9; 32]), ORIGIN).unwrap();
    refused(stranger.issue(&caller()).unwrap().as_str(), "a key that is not listed");
    let forged = encode(&good_header(), &good_claims(), &stranger.key).unwrap();
    refused(&forged, "another key under our key's id");
}

#[test]
fn a_changed_or_cut_token_is_refused() {
    let good = signer().issue(&caller()).unwrap().as_str().to_owned();
    for end in 0..good.len() {
        refused(&good[..end], "a cut token");
    }
    for extra in [".", "=", "A", "AAAA", ".e30", " ", "\n"] {
        refused(&format!("{good}{extra}"), "trailing garbage");
        refused(&format!("{extra}{good}"), "leading garbage");
    }
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        refused(&String::from_utf8(bytes).unwrap(), "a changed character");
    }
    refused(&"A".repeat(100_000), "a very long token");
    refused(&format!("{}.{}.", "A".repeat(500), "\u{e9}"), "text beyond ASCII");
}

#[test]
fn tokens_of_a_replaced_key_live_on_beside_the_new_one() {
    let old = signer();
    let new = Signer::from_seed(&URL_SAFE_NO_PAD.encode([9; 32]), ORIGIN).unwrap();
    let both = Verifier::from_public_keys(&format!("{}, {PUBLIC}", new.public_key()), ORIGIN).unwrap();
    for signer in [&old, &new] {
        assert!(both.verify(signer.issue(&caller()).unwrap().as_str(), now()).is_ok());
    }
}

#[test]
fn keys_that_cannot_work_fail_at_once() {
    for keys in ["", ",", &format!("{PUBLIC},"), "AAAA", "not base64!", &"_".repeat(43)] {
        assert!(Verifier::from_public_keys(keys, ORIGIN).is_err(), "{keys:?} must not make a verifier");
    }
    // y = 2 is on no point of the curve.
    let mut off_curve = [0; 32];
    off_curve[0] = 2;
    assert!(Verifier::from_public_keys(&URL_SAFE_NO_PAD.encode(off_curve), ORIGIN).is_err());
    for seed in ["", "AAAA", "\n"] {
        assert!(Signer::from_seed(seed, ORIGIN).is_err(), "{seed:?} must not make a signer");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let token = signer().issue(&caller()).unwrap();
    assert_eq!(format!("{:?} {token:?}", signer()), "Signer AccessToken");
}
