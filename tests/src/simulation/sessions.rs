//! The end of sessions: from the answer on, the access token of an ended session spends nothing.

use super::{GenerationRequest, NAMES, Simulation, coverage, token_expiry};
use crate::stored::prompt;
use serde_json::json;
use testkit::Faults;

impl Simulation {
    /// A person ends the session, sometimes while it requests a generation. Then the old access token
    /// is tried, and the person signs in again.
    pub(super) async fn somebody_ends_a_session(&mut self) {
        let at = self.random.below(self.people.len());
        self.renew_token(at).await;
        let person = self.people[at].person.clone();
        let ending = match self.random.chance(0.7) {
            true => person.event("DELETE", &format!("/v1/sessions/{}", person.session())),
            false => person.event("DELETE", "/v1/session"),
        };
        let ended = match self.random.chance(0.5) {
            true => {
                let (key, body) = (self.random.hex(16), prompt("a boat beside the end of a session"));
                let request = self.request(person.keyed_event(&key, &body));
                let (ended, answer) = tokio::join!(self.request(ending), request);
                let accepted = answer.filter(|answer| answer.status() == 202);
                let answered = accepted.map(|answer| {
                    let id = answer.json()["id"].as_str().expect("a generation has an id").to_owned();
                    (id, self.app.world().now())
                });
                self.people[at].requests.push(GenerationRequest { key, body, answered });
                ended
            }
            false => self.request(ending).await,
        };
        if ended.is_some_and(|answer| answer.status() == 204) {
            self.the_old_token_spends_nothing(at).await;
        }
        self.sign_in_again(at).await;
    }

    /// Tries to spend and to upload with the access token of a session that has ended.
    async fn the_old_token_spends_nothing(&mut self, at: usize) {
        let person = self.people[at].person.clone();
        let key = self.random.hex(16);
        let upload = json!({ "content_type": "image/png", "bytes": 100 });
        let events = [
            person.keyed_event(&key, &prompt("a boat after the end of a session")),
            person.event("POST", "/v1/uploads").json_body(&upload),
        ];
        for event in events {
            let Some(answer) = self.request(event).await else { continue };
            let status = answer.status();
            assert!([401, 503].contains(&status), "a session that has ended spends or uploads: {answer:?}");
            if status == 401 {
                coverage::count_refusal_of_ended_session(&mut self.events);
            }
        }
    }

    /// Signs the person in with a new browser, without faults.
    async fn sign_in_again(&mut self, at: usize) {
        self.app.world().inject(Faults::none());
        let account = self.people[at].person.account();
        let person = self.app.sign_in(NAMES[at]).await;
        assert_eq!(person.account(), account, "a returning person must find the account");
        self.people[at].person = person;
        self.people[at].token_expires_at = token_expiry(self.app.world().now());
        self.app.world().inject(self.conditions.faults());
    }
}
