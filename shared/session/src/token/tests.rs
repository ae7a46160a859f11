use super::*;
use ring::hmac;
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

fn after(duration: Duration) -> Timestamp {
    now().checked_add(duration).unwrap()
}

fn caller() -> Caller {
    Caller {
        account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
        session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
        issued_at: now(),
    }
}

fn pseudonyms() -> PseudonymKeys {
    PseudonymKeys::from_keys([URL_SAFE_NO_PAD.encode([5; 32]).as_str()]).unwrap()
}

/// The caller of [`good_claims`], whose time has no milliseconds.
fn caller_of_a_second() -> Caller {
    Caller { issued_at: Timestamp::from_second(now().as_second()).unwrap(), ..caller() }
}

fn signer() -> Signer {
    Signer::from_seed(SEED, pseudonyms(), ORIGIN).unwrap()
}

/// A signer with another key than [`SEED`].
fn stranger() -> Signer {
    Signer::from_seed(&URL_SAFE_NO_PAD.encode([9; 32]), pseudonyms(), ORIGIN).unwrap()
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

fn good_header() -> Value {
    json!({"typ": TOKEN_TYPE, "alg": ALGORITHM, "kid": KID})
}

/// A token with our own key's signature.
fn signed(header: &Value, claims: &Value) -> String {
    signed_text(&header.to_string(), &claims.to_string())
}

fn signed_text(header: &str, claims: &str) -> String {
    signer().signed(&format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims)))
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
    assert_eq!(read::<Header>(&signer.header).unwrap().kid, KID);
}

#[test]
fn a_signature_is_that_of_rfc_8037() {
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(signer().signed(message), format!("{message}.{signature}"));
}

#[test]
fn a_jwt_library_reads_our_tokens_and_writes_what_we_read() {
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
    let token = signer().issue(&caller()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_audience(&[format!("{ORIGIN}/v1")]);
    validation.set_issuer(&[ORIGIN]);
    let key = DecodingKey::from_ed_components(PUBLIC).unwrap();
    let theirs = decode::<Value>(token.as_str(), &key, &validation).unwrap();
    assert_eq!(theirs.claims["sub"], json!(caller().account));
    assert_eq!((theirs.header.typ.as_deref(), theirs.header.kid.as_deref()), (Some(TOKEN_TYPE), Some(KID)));

    // The frame of a seed of RFC 8410 §7.
    let frame = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let seed = URL_SAFE_NO_PAD.decode(SEED).unwrap();
    let key = EncodingKey::from_ed_der(&[frame.as_slice(), &seed].concat());
    let header = Header { typ: Some(TOKEN_TYPE.into()), kid: Some(KID.into()), ..Header::new(Algorithm::EdDSA) };
    let token = encode(&header, &good_claims(), &key).unwrap();
    assert_eq!(verifier().verify(&token, now()).unwrap().caller.account, caller().account);
}

#[test]
fn a_token_names_its_caller_to_the_millisecond() {
    let token = signer().issue(&caller()).unwrap();
    assert_eq!(verifier().verify(token.as_str(), now()).unwrap().caller, caller());
    assert!(token.as_str().len() < TOKEN_MAX_BYTES / 2, "{} bytes", token.as_str().len());
}

#[test]
fn a_token_carries_the_pseudonym_of_its_day() {
    let token = signer().issue(&caller()).unwrap();
    let who = pseudonyms().pseudonym(caller().account, now());
    assert_eq!(token.who(), who);
    assert_eq!(verifier().verify(token.as_str(), now()).unwrap().who, Some(who));
    let claims = token.as_str().split('.').nth(1).unwrap();
    assert_eq!(read::<Value>(claims).unwrap()["who"], who.to_string());
    let tomorrow = Caller { issued_at: after(Duration::from_secs(24 * 60 * 60)), ..caller() };
    assert_ne!(signer().issue(&tomorrow).unwrap().who(), who);
}

#[test]
fn a_token_without_a_pseudonym_is_accepted() {
    let verified = verifier().verify(&signed(&good_header(), &good_claims()), now()).unwrap();
    assert_eq!(verified, VerifiedToken { caller: caller_of_a_second(), who: None });
}

#[test]
fn a_token_lives_ten_minutes() {
    let token = signer().issue(&caller()).unwrap();
    let leeway = Duration::from_millis(CLOCK_LEEWAY_MS.unsigned_abs());
    let last = after(ACCESS_TOKEN_LIFETIME + leeway - Duration::from_millis(1));
    assert!(verifier().verify(token.as_str(), last).is_ok());
    assert!(verifier().verify(token.as_str(), after(ACCESS_TOKEN_LIFETIME + leeway)).is_err());
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
        ("who", json!("somebody")),
        ("who", json!(7)),
    ] {
        let mut claims = good_claims();
        claims[claim] = value.clone();
        refused(&signed(&good_header(), &claims), &format!("{claim} = {value}"));
        claims.as_object_mut().unwrap().remove(claim);
        if !["nbf", "who"].contains(&claim) {
            refused(&signed(&good_header(), &claims), &format!("without {claim}"));
        }
    }
}

#[test]
fn no_other_algorithm_or_kind_of_token_is_accepted() {
    let good = signed(&good_header(), &good_claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, claims) = message.split_once('.').unwrap();
    for alg in ["none", "None", "NONE", "", "HS256", "RS256", "ES256", "Ed25519", "eddsa"] {
        let mut header = good_header();
        header["alg"] = json!(alg);
        refused(&signed(&header, &good_claims()), &format!("alg {alg:?} under our own signature"));
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        refused(&format!("{header}.{claims}."), &format!("alg {alg:?} without a signature"));
        refused(&format!("{header}.{claims}.{signature}"), &format!("alg {alg:?} with another header's signature"));
        let public = URL_SAFE_NO_PAD.decode(PUBLIC).unwrap();
        for secret in [public.as_slice(), PUBLIC.as_bytes()] {
            let message = format!("{header}.{claims}");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag));
            refused(&token, &format!("alg {alg:?} with the public key as its secret"));
        }
    }
    for (field, value) in [
        ("alg", json!(["EdDSA"])),
        ("alg", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("AT+JWT")),
        ("typ", Value::Null),
        ("kid", json!("unknown")),
        ("kid", json!("")),
        ("kid", Value::Null),
    ] {
        let mut header = good_header();
        header[field] = value.clone();
        refused(&signed(&header, &good_claims()), &format!("{field} = {value}"));
        header.as_object_mut().unwrap().remove(field);
        refused(&signed(&header, &good_claims()), &format!("without {field}"));
    }
    for (field, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("jku", json!("https://evil.example/keys")),
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC})),
    ] {
        let mut header = good_header();
        header[field] = value.clone();
        refused(&signed(&header, &good_claims()), &format!("a header with {field} = {value}"));
    }
}

#[test]
fn a_token_without_a_key_id_is_refused() {
    let mut header = good_header();
    header.as_object_mut().unwrap().remove("kid");
    refused(&signed(&header, &good_claims()), "its header names no key");
}

#[test]
fn the_key_id_chooses_the_key() {
    let (old, new) = (signer(), stranger());
    let both = Verifier::from_public_keys(&format!("{},{PUBLIC}", new.public_key()), ORIGIN).unwrap();
    let of_new = new.issue(&caller()).unwrap();
    let (_, rest) = of_new.as_str().split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    // The new key signs a header that names the old one.
    let crossed = new.signed(&format!("{}.{claims}", old.header));
    assert!(both.verify(of_new.as_str(), now()).is_ok());
    assert!(both.verify(&crossed, now()).is_err(), "only the named key may verify");
    let replaced = Verifier::from_public_keys(new.public_key(), ORIGIN).unwrap();
    assert!(replaced.verify(old.issue(&caller()).unwrap().as_str(), now()).is_err(), "the old key was removed");
}

#[test]
fn no_other_key_is_accepted() {
    let stranger = stranger();
    refused(stranger.issue(&caller()).unwrap().as_str(), "a key that is not listed");
    let genuine = signed(&good_header(), &good_claims());
    let (message, _) = genuine.rsplit_once('.').unwrap();
    refused(&stranger.signed(message), "another key under our key's id");
}

/// RFC 8725 §2.4 and §3.1 demand that a token has one meaning. These have two, although our own key
/// signed them.
#[test]
fn an_ambiguous_token_is_refused() {
    let (header, claims) = (good_header().to_string(), good_claims().to_string());
    assert!(verifier().verify(&signed_text(&header, &claims), now()).is_ok(), "the base case must hold");
    let twice = |text: &str, field: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        text.replacen('{', &format!("{{\"{field}\":{},", value[field]), 1)
    };
    for field in ["alg", "typ", "kid"] {
        refused(&signed_text(&twice(&header, field), &claims), &format!("{field} twice"));
    }
    for field in ["iss", "aud", "sub", "sid", "iat", "exp"] {
        refused(&signed_text(&header, &twice(&claims, field)), &format!("{field} twice"));
    }
    for text in [format!("{claims}{{}}"), format!("{claims} x"), format!("[{claims}]"), String::new()] {
        refused(&signed_text(&header, &text), &format!("claims {text:?}"));
        refused(&signed_text(&text, &claims), &format!("a header {text:?}"));
    }

    let good = signed_text(&header, &claims);
    let (message, _) = good.rsplit_once('.').unwrap();
    // Four bits of the last character belong to no byte. With them set, a lax decoder reads the same.
    let last = match good.chars().last() {
        Some('A') => 'B',
        Some('Q') => 'R',
        Some('g') => 'h',
        _ => 'x',
    };
    refused(&format!("{}{last}", &good[..good.len() - 1]), "a signature in another spelling");
    let padded = format!("{}=.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(&claims));
    refused(&signer().signed(&padded), "a padded header");
    for message in [format!("{message}."), format!(".{message}"), message.replace('.', ".."), message.replace('.', "")]
    {
        refused(&signer().signed(&message), "another number of parts");
    }
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
    let new = stranger();
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
    for seed in ["", "AAAA", "\n"] {
        assert!(Signer::from_seed(seed, pseudonyms(), ORIGIN).is_err(), "{seed:?} must not make a signer");
    }
}

/// y = 2 belongs to no point of the curve. ring accepts such a key and refuses every signature.
#[test]
fn a_key_off_the_curve_verifies_nothing() {
    let mut off_curve = [0; 32];
    off_curve[0] = 2;
    let keys = URL_SAFE_NO_PAD.encode(off_curve);
    let header = json!({"typ": TOKEN_TYPE, "alg": ALGORITHM, "kid": Jwk::new(&off_curve).id()});
    let verifier = Verifier::from_public_keys(&keys, ORIGIN).unwrap();
    let zeros = format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(good_claims().to_string()),
        URL_SAFE_NO_PAD.encode([0; 64])
    );
    for token in [signed(&header, &good_claims()), zeros] {
        assert!(verifier.verify(&token, now()).is_err(), "{token}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let token = signer().issue(&caller()).unwrap();
    assert_eq!(format!("{:?} {token:?}", signer()), "Signer AccessToken");
}
