use super::*;
use crate::answer::{AttemptSecrets, Returned};
use crate::test_partner::{
    CLIENT_ID, CODE, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL, Key, NONCE, ORIGIN, Partner, VERIFIER, exchanged,
    google_claims, google_settings, header, now, partners, with,
};
use serde_json::{Value, json};

fn answer(partner: &Partner, claims: &Value) {
    let id_token = Key::ours().sign(&header("one"), claims);
    let tokens = json!({"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "id_token": id_token});
    partner.answer(GOOGLE_TOKEN_URL, 200, tokens);
}

#[tokio::test]
async fn a_code_is_exchanged_for_the_profile() {
    let partner = Partner::new();
    answer(&partner, &google_claims());
    let identity = exchanged(&partner, IdentityProvider::Google).await.unwrap();
    assert_eq!(identity.profile.subject, "117209350413");
    assert_eq!(identity.profile.name.as_deref(), Some("Ada Lovelace"), "the name is that of the ID token");
    assert_eq!(identity.refresh_token, None, "Google's refresh token is not kept");
    let body = format!(
        "grant_type=authorization_code&code=4%2F0Ab+c&code_verifier={VERIFIER}\
         &redirect_uri=https%3A%2F%2Fcinemaxsai.example%2Fv1%2Flogin%2Fgoogle%2Fcallback\
         &client_id={CLIENT_ID}&client_secret=s%26cret"
    );
    let asked = partner.asked(GOOGLE_TOKEN_URL);
    assert_eq!(asked[0].body(), body.as_bytes());
    assert_eq!(partner.form(GOOGLE_TOKEN_URL)["redirect_uri"], format!("{ORIGIN}/v1/login/google/callback"));
}

#[tokio::test]
async fn an_exchange_takes_one_request_and_one_more_for_the_keys() {
    let partner = Partner::new();
    answer(&partner, &google_claims());
    let partners = partners(&partner);
    for exchanges in 1..=3 {
        let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
        let returned = Returned { code: CODE, user: None };
        assert!(partners.exchange_code(IdentityProvider::Google, &returned, &attempt, now()).await.is_ok());
        assert_eq!(partner.asked(GOOGLE_TOKEN_URL).len(), exchanges);
        assert_eq!(partner.asked(GOOGLE_JWKS_URL).len(), 1, "the keys are cached");
    }
    assert_eq!(partner.requests(), 4);
}

#[tokio::test]
async fn an_id_token_of_another_attempt_signs_nobody_in() {
    let partner = Partner::new();
    answer(&partner, &with(google_claims(), "nonce", json!("another")));
    assert_eq!(exchanged(&partner, IdentityProvider::Google).await.unwrap_err().code(), "sign_in_failed");
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in
        [(|settings: &mut GoogleSettings| settings.token_url = "token".into()) as fn(&mut GoogleSettings), |settings| {
            settings.jwks_url = String::new()
        }]
    {
        let mut settings = google_settings();
        change(&mut settings);
        assert_eq!(Google::new(Partner::new().http(), settings).err().unwrap().code(), "internal");
    }
}
