use super::*;
use crate::test_partner::{
    APPLE_JWKS_URL, APPLE_TOKEN_URL, CODE, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL, GRAPH_URL, Key, NONCE, Partner, VERIFIER,
    apple_claims, exchanged, google_claims, header, now, partners,
};
use serde_json::{Value, json};

fn tokens(claims: &Value) -> Value {
    json!({"id_token": Key::ours().sign(&header("one"), claims), "access_token": "a"})
}

/// A mix-up of two partners: the ID token of one must sign nobody in at another, although the same key has
/// signed it and the nonce is right.
#[tokio::test]
async fn a_token_of_one_partner_signs_nobody_in_at_another() {
    let partner = Partner::new();
    partner.answer(GOOGLE_TOKEN_URL, 200, tokens(&apple_claims()));
    partner.answer(APPLE_TOKEN_URL, 200, tokens(&google_claims()));
    for provider in [IdentityProvider::Google, IdentityProvider::Apple] {
        assert_eq!(exchanged(&partner, provider).await.unwrap_err().code(), "sign_in_failed", "{provider}");
    }
    partner.answer(GOOGLE_TOKEN_URL, 200, tokens(&google_claims()));
    partner.answer(APPLE_TOKEN_URL, 200, tokens(&apple_claims()));
    for provider in [IdentityProvider::Google, IdentityProvider::Apple] {
        assert!(exchanged(&partner, provider).await.is_ok(), "{provider}");
    }
}

/// The code of one partner is sent to no other.
#[tokio::test]
async fn a_code_goes_to_its_own_partner_alone() {
    let graph = format!("{GRAPH_URL}/oauth/access_token");
    let urls = [
        (IdentityProvider::Google, GOOGLE_TOKEN_URL),
        (IdentityProvider::Apple, APPLE_TOKEN_URL),
        (IdentityProvider::Facebook, graph.as_str()),
    ];
    for (provider, url) in urls {
        let partner = Partner::new();
        for (_, any) in urls {
            partner.answer(any, 400, json!({"error": "invalid_grant"}));
        }
        assert!(exchanged(&partner, provider).await.is_err());
        assert_eq!((partner.asked(url).len(), partner.requests()), (1, 1), "{provider}");
    }
}

/// Apple sends a person's name once. Without its keys the code must not be used up.
#[tokio::test]
async fn the_keys_are_fetched_before_the_code_is_exchanged() {
    let both = [
        (IdentityProvider::Google, GOOGLE_TOKEN_URL, GOOGLE_JWKS_URL, google_claims()),
        (IdentityProvider::Apple, APPLE_TOKEN_URL, APPLE_JWKS_URL, apple_claims()),
    ];
    for (provider, token_url, jwks_url, claims) in both {
        let partner = Partner::new();
        partner.answer(token_url, 200, tokens(&claims));
        let partners = partners(&partner);
        partners.prepare(provider, now()).await.unwrap();
        // From here on the keys do not answer, and they need not.
        partner.answer(jwks_url, 503, "");
        let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
        let returned = Returned { code: CODE, user: None };
        let identity = partners.exchange_code(provider, &returned, &attempt, now()).await;
        assert!(identity.is_ok(), "{provider}: {identity:?}");
        assert_eq!((partner.asked(jwks_url).len(), partner.asked(token_url).len()), (1, 1), "{provider}");
    }
}

#[tokio::test]
async fn without_the_keys_nothing_is_prepared() {
    let partner = Partner::new();
    for url in [GOOGLE_JWKS_URL, APPLE_JWKS_URL] {
        partner.answer(url, 503, "");
    }
    let partners = partners(&partner);
    for provider in [IdentityProvider::Google, IdentityProvider::Apple] {
        assert_eq!(partners.prepare(provider, now()).await.unwrap_err().code(), "unavailable", "{provider}");
    }
    partners.prepare(IdentityProvider::Facebook, now()).await.unwrap();
    assert_eq!(partner.requests(), 2, "Facebook has no keys");
}

#[test]
fn what_is_printed_has_no_secret() {
    assert_eq!(format!("{:?}", partners(&Partner::new())), "IdentityPartners");
}
