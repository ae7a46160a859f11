mod answers;
mod refusals;

use crate::{
    answer::VerifiedIdentity,
    provider::IdentityProvider,
    test_partner::{APP_ID, GRAPH_URL, Partner, exchanged, now},
};
use kernel::Result;
use serde_json::{Value, json};

const TOKEN: &str = "EAAB-user-token";

fn token_url() -> String {
    format!("{GRAPH_URL}/oauth/access_token")
}

fn debug_url() -> String {
    format!("{GRAPH_URL}/debug_token")
}

fn me_url() -> String {
    format!("{GRAPH_URL}/me")
}

/// The facts about a valid token of a user.
fn facts() -> Value {
    json!({
        "app_id": APP_ID, "type": "USER", "application": "Cinemaxsai", "is_valid": true, "user_id": "10158",
        "expires_at": now().as_second() + 5_183_944, "data_access_expires_at": now().as_second() + 7_776_000,
        "issued_at": now().as_second(), "scopes": ["email", "public_profile"],
    })
}

/// A person with every field.
fn me() -> Value {
    json!({
        "id": "10158", "name": "Ada Lovelace", "email": "ada@example.com",
        "picture": {"data": {"url": "https://platform-lookaside.fbsbx.com/x", "width": 256, "height": 256, "is_silhouette": false}},
    })
}

/// Facebook that answers with these.
fn facebook(facts: &Value, me: &Value) -> Partner {
    let partner = Partner::new();
    partner.answer(&token_url(), 200, json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": 5_183_944}));
    partner.answer(&debug_url(), 200, json!({ "data": facts }));
    partner.answer(&me_url(), 200, me);
    partner
}

async fn signed_in(partner: &Partner) -> Result<VerifiedIdentity> {
    exchanged(partner, IdentityProvider::Facebook).await
}
