//! Identities at Apple and Facebook, and the messages of all partners about them.

use super::canaries::Canaries;
use crate::{
    notices::messages::{apple, facebook, facebook_deletion, google, signed_request},
    partners::{self, arrival, begin, identity, link, subject},
};
use local::fakes::{AppleEvent, AppleProfile, apple::AppleNoticeMode};
use session::Seal;
use std::time::Duration;
use testkit::{Fault, Faults, Tampering};
use tests::{App, Event, Person};

/// Signs in at Apple and at Facebook, links an identity of each and removes it, also while they fail.
pub async fn other_partners(app: &App, person: &Person, canaries: &mut Canaries) {
    for secret in ["facebook-app-secret", "partner-token-key"] {
        canaries.add("a secret", app.world().secret(secret));
    }
    let key = app.world().secret("apple-private-key");
    key.lines().filter(|line| line.len() >= 40).for_each(|line| canaries.add("a part of a private key", line));
    for provider in ["apple", "facebook"] {
        let (who, linked) = (format!("canary-at-{provider}"), format!("canary-linked-at-{provider}"));
        for who in [&who, &linked] {
            canaries.add("a person at a partner", who.as_str());
            canaries.add("a subject at a partner", subject(app, provider, who));
        }
        for fault in [None, Some(Fault::ServerError), Some(Fault::AnswerLost), Some(Fault::BodyCut)] {
            let mut browser = app.browser();
            let back = arrival(app, &mut browser, provider, &who).await;
            for name in ["code", "state"] {
                canaries.add("a part of a callback", back.get(name));
            }
            canaries.add("an attempt", browser.jar()[0].split_once('=').unwrap().1);
            app.world().inject(fault.map_or_else(Faults::none, |fault| Faults::every("http.", fault)));
            app.send(back.event(&browser)).await;
            app.world().inject(Faults::none());
        }
        link(app, person, provider, &linked).await.expect(303);
        app.world().inject(Faults::every("http.", Fault::ServerError));
        person.ask("DELETE", &format!("/v1/account/identities/{provider}")).await.expect(200);
        app.world().inject(Faults::none());
    }
}

/// A person at Apple, with a relay address and a name, and an identity at Facebook. Then all partners send messages
/// about the person, also while their keys and AWS cannot be had; and strangers send messages in the partners' names.
pub async fn notices(app: &App, canaries: &mut Canaries) {
    told_person(app, canaries).await;
    for (calls, fault) in [
        ("http.", Fault::ServerError),
        ("dynamodb.", Fault::ServerError),
        ("dynamodb.", Fault::AnswerLost),
        ("no call at all", Fault::Refused),
    ] {
        app.world().advance(Duration::from_secs(61));
        let events = [forged(app), right(app)].concat();
        app.world().inject(Faults::every(calls, fault));
        for event in events {
            let text = event.json()["body"].as_str().unwrap();
            let part = text.split(['.', '"', '=']).max_by_key(|part| part.len()).unwrap();
            canaries.add("a part of a message", part);
            app.send(event).await;
        }
        app.world().inject(Faults::none());
    }
}

const AT_APPLE: &str = "canary-hidden-at-apple";
const AT_FACEBOOK: &str = "canary-told-at-facebook";

async fn told_person(app: &App, canaries: &mut Canaries) {
    let mut browser = app.browser();
    let page = begin(app, &mut browser, "apple").await;
    let profile = AppleProfile::new(AT_APPLE).hiding_email().named("canary-first-name", "canary-last-name");
    let back = partners::apple(app, &page, &profile);
    browser.keep(&app.send(back.event(&browser)).await.expect(303));
    let person = Person::of(browser);
    canaries.person(&person);
    link(app, &person, "facebook", AT_FACEBOOK).await.expect(303);
    for (provider, who) in [("apple", AT_APPLE), ("facebook", AT_FACEBOOK)] {
        canaries.add("a person at a partner", who);
        canaries.add("a subject at a partner", subject(app, provider, who));
    }
    for name in ["canary-first-name", "canary-last-name", "Canary Told At Facebook"] {
        canaries.add("a name at a partner", name);
    }
    canaries.add("a relay address", app.apple().settings().relay_address(AT_APPLE));
    let picture = identity(app, &person, "facebook").unwrap()["picture_url"].as_str().unwrap().to_owned();
    canaries.add("a picture at a partner", picture);
    let sealed = identity(app, &person, "apple").unwrap()["token"].as_str().unwrap().to_owned();
    let seal = Seal::from_keys([app.world().secret("partner-token-key").as_str()]).unwrap();
    let token = seal.open(&accounts::keys::reverse("apple", &subject(app, "apple", AT_APPLE)), &sealed).unwrap();
    canaries.add("a token of Apple", String::from_utf8(token).unwrap());
    canaries.add("a sealed token of Apple", sealed);
}

/// Right messages about the people of this test.
fn right(app: &App) -> Vec<Event> {
    let user_id = subject(app, "facebook", AT_FACEBOOK);
    let mut events = vec![
        google(app, "sessions-revoked", "canary-subject"),
        google(app, "token-revoked", "canary-subject"),
        google(app, "account-enabled", "canary-subject"),
        facebook(app, &user_id),
        facebook_deletion(app, &user_id),
    ];
    events.extend(AppleEvent::ALL.map(|event| apple(app, event, &subject(app, "apple", AT_APPLE))));
    events
}

/// Messages about the same people that the partners have not sent.
fn forged(app: &App) -> Vec<Event> {
    let mut events = Vec::new();
    for tampering in Tampering::OF_EVENTS {
        app.google().tamper(tampering);
        events.push(google(app, "sessions-revoked", "canary-subject"));
    }
    app.google().tamper(None);
    for mode in [AppleNoticeMode::OtherKey, AppleNoticeMode::UnknownKey, AppleNoticeMode::Issuer] {
        app.apple().knobs(|knobs| knobs.notices = mode);
        events.push(apple(app, AppleEvent::AccountDelete, &subject(app, "apple", AT_APPLE)));
    }
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::Once);
    let user_id = subject(app, "facebook", AT_FACEBOOK);
    let by_a_stranger = signed_request("another secret", &user_id, app.world().now());
    events.push(facebook_deletion(app, &user_id).body(&format!("signed_request={by_a_stranger}")));
    events
}
