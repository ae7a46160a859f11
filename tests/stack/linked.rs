//! The identities of a life at Apple and Facebook, and the messages of all partners about them.

use crate::{
    canaries::Canary,
    identity_message::{apple_says, facebook_says, google_says},
    person::{Person, secret, unique},
    stack::{Stack, eventually},
};
use accounts::keys;
use local::fakes::AppleEvent;
use reqwest::Method;
use serde_json::Value;
use session::Seal;

/// The identities that a person has linked. Those at Apple and at Facebook stay. Another one at Facebook was removed
/// before.
pub struct Linked {
    /// The person at Apple, who hides their address.
    pub at_apple: String,
    /// Texts of the identities and of the removed one.
    pub canaries: Vec<Canary>,
    /// The id of the person at Apple.
    subject: String,
    /// The id of the person at Facebook.
    user_id: String,
    /// The id of the removed identity at Facebook.
    removed: String,
}

impl Linked {
    /// Links the identities, and removes one.
    pub async fn of(stack: &Stack, person: &mut Person) -> Self {
        let number = unique();
        let who = |where_from: &str| format!("canary-{where_from}-{number}-@people.example");
        let name = |which: &str| format!("Canary-{which}-Name-{number}-");
        let (first, last) = (name("First"), name("Last"));
        let (at_apple, gone, gone_name) = (who("apple"), who("gone"), name("Gone"));
        let (at_facebook, name) = (who("facebook"), name("Facebook"));
        [&first, &last, &gone_name, &name].into_iter().for_each(|name| secret(name));
        let at_first = [("first_name", first.as_str()), ("last_name", last.as_str()), ("email", "hide")];
        person.links_as("apple", &at_apple, &at_first).await.unwrap();
        person.links_as("facebook", &gone, &[("name", gone_name.as_str())]).await.unwrap();
        let answer = person.ask(Method::DELETE, "/v1/account/identities/facebook").await.ok(200);
        assert_eq!(answer["revocation"], "not_needed");
        person.links_as("facebook", &at_facebook, &[("name", name.as_str())]).await.unwrap();

        let (apple, facebook) = (stack.platform.apple().settings(), stack.platform.facebook().settings());
        let (subject, relay) = (apple.subject(&at_apple), apple.relay_address(&at_apple));
        let (user_id, removed) = (facebook.user_id(&at_facebook), facebook.user_id(&gone));
        let (sealed, token) = apples_token(stack, person, &subject).await;
        [&subject, &relay, &user_id, &removed, &sealed, &token].into_iter().for_each(|text| secret(text));
        let canaries = vec![
            Canary::new("address at Apple", &at_apple),
            Canary::new("relay address", &relay),
            Canary::new("subject at Apple", &subject),
            Canary::new("name at Apple", &first).or(&last),
            Canary::new("token of Apple", &token),
            Canary::new("sealed token of Apple", &sealed),
            Canary::new("address at Facebook", &at_facebook),
            Canary::new("subject at Facebook", &user_id),
            Canary::new("name at Facebook", &name),
            Canary::new("removed address", &gone),
            Canary::new("removed subject", &removed),
            Canary::new("removed name", &gone_name),
        ];
        Self { at_apple, canaries, subject, user_id, removed }
    }

    /// The partners send messages about the identities, also about the removed one. `who` is the person at Google. The
    /// sessions of then end.
    pub async fn partners_speak(&self, stack: &Stack, who: &str) {
        let (platform, base) = (&stack.platform, stack.base());
        apple_says(platform, AppleEvent::EmailDisabled, &self.subject).await.unwrap();
        google_says(platform, "account-enabled", who).await.unwrap();
        let unknown = facebook_says(platform, base, "facebook-deletion", &self.removed).await.ok(200);
        assert!(unknown["confirmation_code"].is_string(), "{unknown}");
        self.sessions_end(stack, who).await;
    }

    /// Each partner ends the sessions. A message covers the whole second in which it was sent, so the person signs in
    /// again in the next one.
    async fn sessions_end(&self, stack: &Stack, who: &str) {
        let (platform, base) = (&stack.platform, stack.base());
        google_says(platform, "tokens-revoked", who).await.unwrap();
        google_says(platform, "sessions-revoked", who).await.unwrap();
        assert_eq!(facebook_says(platform, base, "facebook", &self.user_id).await.status, 204);
        let told = platform.now().as_second();
        eventually("the next second", async || (platform.now().as_second() > told).then_some(())).await;
    }

    /// The partners send messages about identities that were erased.
    pub async fn partners_speak_again(&self, stack: &Stack, who: &str) {
        for event in AppleEvent::ALL {
            apple_says(&stack.platform, event, &self.subject).await.unwrap();
        }
        self.sessions_end(stack, who).await;
    }
}

/// Apple's token of a person, as it is stored and as Apple has issued it.
async fn apples_token(stack: &Stack, person: &Person, subject: &str) -> (String, String) {
    let identity: Value = stack.tables.identity(&person.account, "apple").await.expect("the identity is linked");
    let sealed = identity["token"].as_str().expect("Apple has issued a token").to_owned();
    let key = stack.platform.secret("partner-token-key").expect("the platform has this secret");
    let token = Seal::from_keys([key]).unwrap().open(&keys::reverse("apple", subject), &sealed);
    let token = String::from_utf8(token.expect("it is sealed for this identity")).unwrap();
    assert_ne!(token, sealed);
    (sealed, token)
}
