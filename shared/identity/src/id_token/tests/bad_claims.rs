//! Every bad ID token by its name. Each is refused with the same error.

use super::*;
use crate::test_partner::{Bad, assert_named, forged_tokens};

/// Tokens by the right key with claims of another sign-in.
fn bad_claims(at: &Issuing) -> Vec<Bad> {
    let second = now().as_second();
    let changes = [
        ("a foreign issuer", "iss", json!("https://evil.example")),
        ("the issuer without TLS", "iss", json!(at.issuer.name().replace("https", "http"))),
        ("the issuer with a slash", "iss", json!(format!("{}/", at.issuer.name()))),
        ("the issuer as a beginning", "iss", json!(format!("{}.evil.example", at.issuer.name()))),
        ("a list of issuers", "iss", json!([at.issuer.name()])),
        ("the issuer of no partner", "iss", json!("")),
        ("another client's token", "aud", json!("other.example")),
        ("our client id in capitals", "aud", json!(at.client_id.to_uppercase())),
        ("no audience in the list", "aud", json!([])),
        ("a list of another audience", "aud", json!(["other.example"])),
        ("an audience that is a number", "aud", json!(7)),
        ("a foreign authorised party", "azp", json!("other.example")),
        ("an authorised party that is a list", "azp", json!([at.client_id])),
        ("the nonce of another attempt", "nonce", json!("another")),
        ("an empty nonce", "nonce", json!("")),
        ("a nonce that is null", "nonce", Value::Null),
        ("the beginning of the nonce", "nonce", json!(&NONCE[..NONCE.len() - 1])),
        ("the nonce in a list", "nonce", json!([NONCE])),
        ("an empty subject", "sub", json!("")),
        ("a subject of 256 characters", "sub", json!("9".repeat(256))),
        ("a subject with a control character", "sub", json!("117\n209")),
        ("a subject with a space", "sub", json!("117 209")),
        ("a subject beyond ASCII", "sub", json!("\u{661}\u{662}")),
        ("a subject that is a number", "sub", json!(42)),
        ("a subject that is null", "sub", Value::Null),
        ("expired for an hour", "exp", json!(second - 3_600)),
        ("expired when it was issued", "exp", json!(second)),
        ("an expiry that is text", "exp", json!("9999999999")),
        ("issued in an hour", "iat", json!(second + 3_600)),
        ("issued in milliseconds", "iat", json!(now().as_millisecond())),
        ("a time of issue that is text", "iat", json!(second.to_string())),
        ("valid in an hour", "nbf", json!(second + 3_600)),
        ("valid from a text on", "nbf", json!("now")),
        (
            "the events of a notice",
            "events",
            json!({"https://schemas.openid.net/secevent/risc/event-type/verification": {}}),
        ),
        ("the events of a notice as text", "events", json!("{}")),
    ];
    changes.into_iter().map(|(name, claim, value)| (name, signed(&at.with(claim, value)))).collect()
}

/// Tokens by the right key with a claim missing, or with several audiences.
fn bad_sets(at: &Issuing) -> Vec<Bad> {
    let several = at.with("aud", json!([at.client_id, "other.example"]));
    let alone = |mut claims: Value| {
        claims.as_object_mut().unwrap().remove("azp");
        claims
    };
    let event = Header { typ: Some("secevent+jwt".into()), ..header("one") };
    vec![
        ("without an issuer", signed(&at.without("iss"))),
        ("without an audience", signed(&at.without("aud"))),
        ("without a subject", signed(&at.without("sub"))),
        ("without a nonce", signed(&at.without("nonce"))),
        ("without an expiry", signed(&at.without("exp"))),
        ("without a time of issue", signed(&at.without("iat"))),
        ("several audiences without an authorised party", signed(&alone(several.clone()))),
        ("several audiences for another party", signed(&with(several, "azp", json!("other.example")))),
        ("our audience twice", signed(&alone(at.with("aud", json!([at.client_id, at.client_id]))))),
        ("the type of a security event", Key::ours().sign(&event, &at.claims)),
    ]
}

fn bad_tokens(at: &Issuing) -> Vec<Bad> {
    [forged_tokens(&at.claims), bad_claims(at), bad_sets(at)].concat()
}

#[tokio::test]
async fn every_bad_token_is_refused() {
    for at in [google(), apple()] {
        assert!(at.verified(&signed(&at.claims)).await.is_ok(), "the claims must be valid before they are changed");
        let bad = bad_tokens(&at);
        assert_named(&bad, 100);
        for (name, token) in bad {
            let said = refused(at.verified(&token).await, &format!("{}: {name}", at.provider));
            assert!(said.to_lowercase().ends_with("start again.") && !said.contains(at.client_id), "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn a_token_of_one_partner_is_none_of_another() {
    let (google, apple) = (google(), apple());
    refused(google.verified(&signed(&apple.claims)).await, "Apple's token at Google");
    refused(apple.verified(&signed(&google.claims)).await, "Google's token at Apple");
    for claim in ["iss", "aud"] {
        let mixed = apple.with(claim, google.claims[claim].clone());
        refused(apple.verified(&signed(&mixed)).await, &format!("Google's {claim} in Apple's token"));
    }
}
