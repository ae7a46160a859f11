//! Two platforms side by side.

use crate::{
    journey,
    person::{Person, SESSION, client, send, unique},
    stack::{Stack, together},
};
use local::PlatformOptions;
use reqwest::header::AUTHORIZATION;

#[test]
fn two_platforms_side_by_side_share_nothing() {
    together(async |one| {
        let two = Stack::start(PlatformOptions::default()).await;
        assert_ne!(one.base(), two.base());
        assert_ne!(one.platform.cloud(), two.platform.cloud());
        let who = format!("canary-{}@people.example", unique());
        let here = Person::sign_in(one.base(), &who).await.unwrap();
        let there = Person::sign_in(two.base(), &who).await.unwrap();
        assert_ne!(here.account, there.account, "accounts of two platforms must differ");
        let token = format!("Bearer {}", here.cookie(SESSION));
        let request = client().get(format!("{}/v1/account", two.base())).header(AUTHORIZATION, token);
        send(request, "GET /v1/account".to_owned()).await.is_problem(401, "unauthenticated");

        let (first, second) = tokio::join!(journey::whole(one.base()), journey::whole(two.base()));
        first.unwrap_or_else(|error| panic!("the first platform: {error}"));
        second.unwrap_or_else(|error| panic!("the second platform: {error}"));

        let gone = two.base().to_owned();
        two.platform.stop().await;
        let answer = client().get(&gone).send().await;
        assert!(answer.is_err_and(|error| error.is_connect()), "{gone} must be free again");
        here.get("/v1/account").await.ok(200);
    });
}
