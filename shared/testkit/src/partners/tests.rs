use crate::{functions::PUBLIC_ORIGIN, world::World};
use bytes::Bytes;
use http::Request;
use local::fakes::{AppleProfile, FacebookProfile};
use serde_json::Value;
use url::{Url, form_urlencoded::Serializer};

async fn asked(world: &World, request: Request<Bytes>) -> (u16, Value) {
    let answer = world.net().fetch(request, 10_000).await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

fn form(url: &str, pairs: &[(&str, &str)]) -> Request<Bytes> {
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    Request::post(url).header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn apple_answers_where_the_variables_lead() {
    let world = World::new(1);
    let (apple, variables) = (world.apple(), world.variables());
    assert_eq!(world.secret("apple-private-key").lines().count(), 5, "a key in PEM");
    let keys = asked(&world, Request::get(&variables["APPLE_JWKS_URL"]).body(Bytes::new()).unwrap()).await;
    assert_eq!((keys.0, keys.1["keys"].as_array().map(Vec::len)), (200, Some(2)));
    let callback = format!("{PUBLIC_ORIGIN}/v1/login/apple/callback");
    let page = Url::parse_with_params(
        &variables["APPLE_AUTHORIZE_URL"],
        [
            ("client_id", variables["APPLE_CLIENT_ID"].as_str()),
            ("redirect_uri", callback.as_str()),
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("scope", "name email"),
        ],
    );
    let answer = apple.sign_in(world.now(), page.unwrap().as_str(), &AppleProfile::new("ada")).unwrap();
    assert_eq!(answer.redirect_uri, callback);
    assert!(answer.field("code").is_some() && answer.field("user").is_some());
    for url in ["APPLE_TOKEN_URL", "APPLE_REVOKE_URL"] {
        let sent = form(&variables[url], &[("client_id", &variables["APPLE_CLIENT_ID"]), ("client_secret", "wrong")]);
        let (status, answer) = asked(&world, sent).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_client")), "{url}");
    }
    assert_eq!(apple.settings().team_id, variables["APPLE_TEAM_ID"]);
    assert_eq!(apple.settings().key_id, variables["APPLE_KEY_ID"]);
    assert_eq!(apple.settings().issuer(), variables["APPLE_ISSUER"]);
    assert_eq!(world.count().of("http.POST appleid.apple.test/auth/token"), 1);
}

#[tokio::test(start_paused = true)]
async fn facebook_answers_where_the_variables_lead() {
    let world = World::new(1);
    let (facebook, variables) = (world.facebook(), world.variables());
    let callback = format!("{PUBLIC_ORIGIN}/v1/login/facebook/callback");
    let app = [("client_id", variables["FACEBOOK_APP_ID"].as_str()), ("redirect_uri", callback.as_str())];
    let page = Url::parse_with_params(&variables["FACEBOOK_AUTHORIZE_URL"], app).unwrap();
    let back = facebook.sign_in(world.now(), page.as_str(), &FacebookProfile::new("ada")).unwrap();
    let back = Url::parse(&back).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let (secret, url) =
        (world.secret("facebook-app-secret"), format!("{}/oauth/access_token", variables["FACEBOOK_GRAPH_URL"]));
    let sent = form(&url, &[app[0], app[1], ("client_secret", &secret), ("code", &code)]);
    let (status, answer) = asked(&world, sent).await;
    assert_eq!((status, answer["token_type"].as_str()), (200, Some("bearer")), "{answer}");
}
