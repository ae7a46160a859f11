//! The state in which the operations of people and of the partners of sign-in begin.

use super::{
    attempts::{Attempt, WHO},
    operations::Operation,
    prepared::Delivery,
};
use local::fakes::{AppleEvent, Webhook, facebook::FacebookCallback};
use std::time::Duration;
use tests::{App, Event, Person};

/// Google's name of the event that ends sessions.
const SESSIONS_REVOKED: &str = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked";

/// Brings a service to the point where the operation begins. Returns the delivery that starts it.
pub(super) async fn prepared(app: &App, person: &Person, operation: Operation) -> Delivery {
    if let Some(attempt) = operation.attempt() {
        if operation == Operation::SignInAgainAtApple {
            assert!(attempt.run(app, person).await, "the first sign-in must work");
        }
        return Delivery::Attempt(attempt);
    }
    if let Some(provider) = operation.linked() {
        let link = Attempt { provider, links: true };
        assert!(link.run(app, person).await, "the link must work");
    }
    if operation == Operation::LastAccountDeleted {
        person.ask("DELETE", "/v1/account/identities/google").await.expect(200);
    }
    // A message says its time. It comes after the links and the sessions that it is about.
    app.world().advance(Duration::from_secs(5));
    Delivery::Request(request(app, person, operation))
}

fn request(app: &App, person: &Person, operation: Operation) -> Event {
    let removal = |provider: &str| person.event("DELETE", &format!("/v1/account/identities/{provider}"));
    match operation {
        Operation::UnlinkApple => removal("apple"),
        Operation::UnlinkFacebook => removal("facebook"),
        Operation::RefreshSession => person.renewal(),
        Operation::SessionsRevoked => {
            let token = app.google().security_event(SESSIONS_REVOKED, "alice");
            Event::recorded("identity-webhook").fill("event", &token)
        }
        Operation::MailDisabled => apple(app, AppleEvent::EmailDisabled),
        Operation::MailEnabled => apple(app, AppleEvent::EmailEnabled),
        Operation::ConsentRevoked => apple(app, AppleEvent::ConsentRevoked),
        Operation::AccountDeleted | Operation::LastAccountDeleted => apple(app, AppleEvent::AccountDelete),
        Operation::Deauthorised => facebook(app, FacebookCallback::Deauthorize, "identity-webhook.facebook"),
        Operation::DataDeletion => facebook(app, FacebookCallback::DataDeletion, "identity-webhook.facebook-deletion"),
        _ => panic!("{operation:?} is not an operation of people"),
    }
}

fn apple(app: &App, event: AppleEvent) -> Event {
    let webhook = app.apple().notice(app.world().now(), event, &app.apple().settings().subject(WHO));
    Event::recorded("identity-webhook.apple").fill("payload", "").body(&body(&webhook))
}

fn facebook(app: &App, kind: FacebookCallback, recorded: &str) -> Event {
    let webhook = app.facebook().callback(app.world().now(), kind, &app.facebook().settings().user_id(WHO));
    Event::recorded(recorded).fill("signed_request", "").body(&body(&webhook))
}

fn body(webhook: &Webhook) -> String {
    String::from_utf8_lossy(&webhook.body).into_owned()
}
