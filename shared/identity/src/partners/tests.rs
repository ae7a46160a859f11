use super::*;
use crate::test_partner::{
    APPLE_TOKEN_URL, GOOGLE_TOKEN_URL, GRAPH_URL, Key, Partner, apple_claims, exchanged, google_claims, header,
    partners,
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

#[test]
fn what_is_printed_has_no_secret() {
    assert_eq!(format!("{:?}", partners(&Partner::new())), "IdentityPartners");
}
