//! The random steps of a simulation.

use super::{GenerationRequest, Simulation, conditions, token_expiry};
use crate::{answer::Answer, event::Event, pictures::png, stored::prompt};
use futures_util::future::join_all;
use kernel::limits;
use providers::ProviderName;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Died, QueueMessage, Random};

/// The statuses that an answer may have. No fault of an outside call may become an internal error.
const ALLOWED_STATUSES: [u16; 11] = [200, 201, 202, 204, 401, 402, 403, 404, 409, 429, 503];

/// The queues and the functions that work on them.
const WORKERS: [(&str, &str); 3] =
    [("generation", "run-generation"), ("media", "collect-media"), ("thumbnail", "make-thumbnails")];

/// The pauses in seconds.
pub(super) const PAUSES_S: [u64; 6] = [1, 5, 20, 45, 100, 700];

/// Longer than `LATE_LIFETIME`.
const A_DAY_S: u64 = 25 * 60 * 60;

impl Simulation {
    /// Runs the steps of this seed.
    pub(super) async fn run_steps(&mut self) {
        for _ in 0..self.conditions.steps {
            match self.random.below(28) {
                0..5 => self.somebody_generates().await,
                5..10 => self.messages_arrive().await,
                10..13 => self.webhooks_arrive().await,
                13..15 => self.the_schedule_runs().await,
                15..17 => self.time_passes(),
                17 => self.somebody_buys().await,
                18 => self.somebody_reads().await,
                19..21 => self.somebody_cancels().await,
                21 => self.somebody_deletes().await,
                22 => self.somebody_uploads().await,
                23..26 => self.somebody_changes_credits().await,
                26 => self.somebody_ends_a_session().await,
                _ => self.somebody_deletes_the_account().await,
            }
            self.check_writes();
            self.somebody_remembers().await;
        }
    }

    /// A person sends one or several requests for generations at once, under new or known keys.
    async fn somebody_generates(&mut self) {
        self.providers_change();
        let at = self.random.below(self.people.len());
        self.renew_token(at).await;
        let times = *self.random.pick(&[1, 1, 1, 2, 3]).unwrap_or(&1);
        let mut chosen = Vec::new();
        let mut same = None;
        for _ in 0..times {
            let known = self.people[at].requests.len();
            let n = match self.random.below(4) {
                0 if known > 0 => self.random.below(known),
                1 if same.is_some() => same.unwrap_or_default(),
                _ => {
                    let key = self.random.hex(16);
                    let mut body = prompt(&format!("a boat with the number {known}"));
                    self.choose_model(at, &mut body);
                    self.people[at].requests.push(GenerationRequest { key, body, answered: None });
                    known
                }
            };
            same = Some(n);
            chosen.push(n);
        }
        let user = &self.people[at];
        let requests = chosen.iter().map(|n| {
            let GenerationRequest { key, body, .. } = &user.requests[*n];
            self.request(user.person.keyed_event(key, body))
        });
        let answers = join_all(requests).await;
        // A person with a debt pays, and half of those with too few credits.
        let account = self.people[at].person.account();
        let has_too_little = answers.iter().flatten().any(|answer| answer.status() == 402);
        if has_too_little && (!self.app.balance(account).debt.is_zero() || self.random.chance(0.5)) {
            self.begin_period(account).await;
        }
        for (n, answer) in chosen.into_iter().zip(answers) {
            let Some(answer) = answer.filter(|answer| answer.status() == 202) else { continue };
            let generation = answer.json()["id"].as_str().expect("a generation has an id").to_owned();
            let now = self.app.world().now();
            let answered = &mut self.people[at].requests[n].answered;
            let (known, since) = answered.get_or_insert_with(|| (generation.clone(), now));
            if now.duration_since(*since).unsigned_abs() >= limits::IDEMPOTENCY_KEY_LIFETIME {
                (*known, *since) = (generation.clone(), now);
            }
            assert_eq!(*known, generation, "one key is one generation");
        }
    }

    /// Chooses mostly pictures of Replicate, sometimes another provider's, sometimes a film.
    fn choose_model(&mut self, at: usize, body: &mut Value) {
        if let Some(upload) = self.known_upload(at) {
            let model = if self.random.chance(0.3) { "flux-kontext-pro" } else { "flux-kontext-dev" };
            (body["model"], body["inputs"]) = (model.into(), json!([upload]));
            return;
        }
        let (model, several) = match self.random.below(10) {
            0..5 => ("flux-schnell", Some("num_outputs")),
            5..7 => ("flux-schnell-fal", Some("num_images")),
            7..9 => ("flux-1.1-pro-ultra", None),
            _ => ("wan-2.2-t2v-fast", None),
        };
        body["model"] = model.into();
        if let Some(setting) = several.filter(|_| self.random.chance(0.4)) {
            body["settings"] = json!({ setting: 1 + self.random.below(4) });
        }
    }

    /// Draws how the providers treat their next jobs. Sometimes a provider forgets all its jobs.
    fn providers_change(&mut self) {
        let mut knobs = || conditions::provider(&mut self.random);
        let (bfl, fal, replicate) = (knobs(), knobs(), knobs());
        self.app.bfl().knobs(|turned| *turned = bfl);
        self.app.fal().knobs(|turned| *turned = fal);
        self.app.replicate().knobs(|turned| *turned = replicate);
        if !self.random.chance(0.03) {
            return;
        }
        let before = self.provider_jobs();
        match self.random.pick(ProviderName::ALL) {
            Some(ProviderName::Bfl) => self.app.bfl().forget(),
            Some(ProviderName::Fal) => self.app.fal().forget(),
            Some(ProviderName::Replicate) | None => self.app.replicate().forget(),
        }
        let after = self.provider_jobs();
        self.forgotten.extend(before.into_iter().filter(|webhook| !after.contains(webhook)));
    }

    /// The page renews the access token when it has expired.
    pub(super) async fn renew_token(&mut self, at: usize) {
        if self.app.world().now() < self.people[at].token_expires_at {
            return;
        }
        let answer = self.request(self.people[at].person.renewal()).await;
        if let Some(answer) = answer.filter(|answer| answer.status() == 200) {
            self.people[at].person.keep(&answer);
            self.people[at].token_expires_at = token_expiry(self.app.world().now());
        }
    }

    /// Delivers some of the waiting messages, in any order, some of them at once.
    async fn messages_arrive(&mut self) {
        for (queue, _) in WORKERS {
            self.messages.extend(self.app.world().take_messages(queue));
        }
        let mut now = drawn(&mut self.random, &mut self.messages, self.conditions.prompt);
        for message in now.clone() {
            if self.random.chance(self.conditions.again) {
                let later = self.random.chance(0.5);
                if later { &mut self.messages } else { &mut now }.push(message);
            }
        }
        let width = 1 + self.random.below(3);
        for together in now.chunks(width) {
            let done = join_all(together.iter().map(|message| self.hand_over(message))).await;
            let back = together.iter().zip(done).filter(|(_, done)| !done);
            back.for_each(|(message, _)| self.app.world().return_message(message.clone()));
        }
    }

    async fn hand_over(&self, message: &QueueMessage) -> bool {
        let worker = WORKERS.iter().find(|(queue, _)| *queue == message.queue);
        let (_, function) = worker.expect("a message is taken from a queue with a worker");
        Box::pin(self.app.hand_over(function, message)).await
    }

    /// Delivers some of the due webhooks. Some are lost, and some are delivered again.
    async fn webhooks_arrive(&mut self) {
        for webhook in self.app.take_webhooks() {
            match self.random.chance(self.conditions.lost) {
                true => self.app.webhook_answered(&webhook, true),
                false => self.webhooks.push(webhook),
            }
        }
        let webhooks = drawn(&mut self.random, &mut self.webhooks, self.conditions.prompt);
        for webhook in &webhooks {
            if self.random.chance(self.conditions.again) {
                self.webhooks.push(webhook.clone());
            }
        }
        join_all(webhooks.iter().map(|webhook| Box::pin(self.app.deliver(webhook)))).await;
        self.payments.extend(self.app.stripe().take_webhooks(self.app.world().now()));
        for webhook in drawn(&mut self.random, &mut self.payments, self.conditions.prompt) {
            if self.random.chance(self.conditions.again) {
                self.payments.push(webhook.clone());
            }
            self.deliver_payment_webhook(&webhook).await;
        }
    }

    /// Runs the sweep, sometimes two at once.
    async fn the_schedule_runs(&mut self) {
        match self.random.below(4) {
            0 => drop(tokio::join!(Box::pin(self.app.sweep()), Box::pin(self.app.sweep()))),
            _ => drop(Box::pin(self.app.sweep()).await),
        }
    }

    fn time_passes(&mut self) {
        let pause = match self.random.chance(0.12) {
            true => A_DAY_S,
            false => *self.random.pick(&PAUSES_S).unwrap_or(&1),
        };
        self.app.world().advance(Duration::from_secs(pause));
    }

    /// A person cancels a known generation, once or twice at once, sometimes beside the sweep.
    async fn somebody_cancels(&mut self) {
        let at = self.random.below(self.people.len());
        let Some(id) = self.known_generation(at) else { return };
        let event = self.people[at].person.event("POST", &format!("/v1/generations/{id}/cancel"));
        match self.random.below(4) {
            0 => drop(tokio::join!(self.request(event.clone()), self.request(event))),
            1 => drop(tokio::join!(self.request(event), Box::pin(self.app.sweep()))),
            _ => drop(self.request(event).await),
        }
    }

    /// A person deletes a known generation, once or twice at once, or in a way that can be undone.
    async fn somebody_deletes(&mut self) {
        let at = self.random.below(self.people.len());
        let Some(id) = self.known_generation(at) else { return };
        let event = self.people[at].person.event("DELETE", &format!("/v1/generations/{id}"));
        let twice = self.random.chance(0.3);
        if self.undo.random.chance(0.6) {
            return self.somebody_deletes_with_undo(at).await;
        }
        match twice {
            true => drop(tokio::join!(self.request(event.clone()), self.request(event))),
            false => drop(self.request(event).await),
        }
    }

    /// A person opens one or several uploads at once, and sends most of the files.
    async fn somebody_uploads(&mut self) {
        let at = self.random.below(self.people.len());
        let times = *self.random.pick(&[1, 1, 3, 12]).unwrap_or(&1);
        let file = match self.random.chance(0.2) {
            true => b"no picture".to_vec(),
            false => png([self.random.below(256) as u8, 0, 0]),
        };
        let person = &self.people[at].person;
        let body = json!({ "content_type": "image/png", "bytes": file.len() });
        let event = person.event("POST", "/v1/uploads").json_body(&body);
        let answers = join_all((0..times).map(|_| self.request(event.clone()))).await;
        for open in answers.into_iter().flatten().filter(|answer| answer.status() == 201) {
            let open = open.json();
            if self.random.chance(0.8) {
                let _ = self.people[at].person.post(&open, &file);
            }
            self.people[at].uploads.push(open["id"].as_str().expect("an upload has an id").to_owned());
        }
    }

    /// In half of the cases, an upload of this person.
    fn known_upload(&mut self, at: usize) -> Option<String> {
        let wanted = self.random.chance(0.5);
        self.random.pick(&self.people[at].uploads).filter(|_| wanted).cloned()
    }

    /// A generation of this person, mostly the last one.
    fn known_generation(&mut self, at: usize) -> Option<String> {
        let answered = self.people[at].requests.iter().filter_map(|request| request.answered.as_ref());
        let known: Vec<_> = answered.map(|(id, _)| id.clone()).collect();
        let last = self.random.chance(0.6).then(|| known.last().cloned()).flatten();
        last.or_else(|| self.random.pick(&known).cloned())
    }

    /// A person sends a request that reads, and a request that changes a generation.
    async fn somebody_reads(&mut self) {
        let at = self.random.below(self.people.len());
        let person = &self.people[at].person;
        let paths = ["/v1/credits", "/v1/generations", "/v1/generations?favourite=true", "/v1/account"];
        let path = self.random.pick(&paths).unwrap_or(&paths[0]);
        self.request(person.event("GET", path)).await;
        let Some(id) = self.known_generation(at) else { return };
        self.request(self.people[at].person.event("PATCH", &format!("/v1/generations/{id}"))).await;
    }

    /// A person requests the deletion of the account, which cancels all generations under way.
    async fn somebody_deletes_the_account(&mut self) {
        if !self.random.chance(0.5) {
            return;
        }
        let at = self.random.below(self.people.len());
        let person = &self.people[at].person;
        let event = person.event("POST", "/v1/account/deletion").json_body(&json!({ "confirm": "delete my account" }));
        self.request(event).await;
        self.people[at].is_leaving = true;
    }

    /// Sends a request, in a process of its own. Returns `None` when the process died.
    pub(super) async fn request(&self, event: Event) -> Option<Answer> {
        let answered = Box::pin(self.app.world().run(self.app.send(event.clone()))).await;
        let answer = answered.map_err(|Died| ()).ok()?;
        let status = answer.status();
        assert!(ALLOWED_STATUSES.contains(&status), "{} answered {status}: {answer:?}", event.function());
        Some(answer)
    }
}

/// Takes each item of `all` with a probability, in random order.
fn drawn<T>(random: &mut Random, all: &mut Vec<T>, probability: f64) -> Vec<T> {
    let mut now = Vec::new();
    for one in std::mem::take(all) {
        if random.chance(probability) { now.insert(random.below(now.len() + 1), one) } else { all.push(one) }
    }
    now
}
