//! Queues, webhooks, the sweep and time: everything that happens without a request.

use crate::{answer::Answer, app::App, event::Event};
use local::fakes::Webhook;
use providers::ProviderName;
use std::time::Duration;
use testkit::PUBLIC_ORIGIN;

/// The queues and the functions that work on them.
const QUEUES: [(&str, &str); 4] = [
    ("generation", "run-generation"),
    ("media", "collect-media"),
    ("thumbnail", "make-thumbnails"),
    ("purge", "purge-account"),
];

/// The queue of the pictures of people and its function. No generation waits for it, so [`App::settle`] leaves it alone.
const PICTURES: (&str, &str) = ("picture", "copy-picture");

/// [`App::settle`] waits this long for the provider's next step. A test that needs longer advances
/// the time itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Within this many sweeps every generation must end. It is well beyond a generation's deadline.
const SWEEPS: u32 = 60;

impl App {
    /// Delivers messages and webhooks until none is left, and advances the time where the provider
    /// needs less than a minute. The sweep does not run.
    pub async fn settle(&self) {
        let mut given_back = Vec::new();
        loop {
            let mut moved = 0;
            for (queue, function) in QUEUES {
                for message in self.world().take_messages(queue) {
                    moved += 1;
                    if !self.hand_over(function, &message).await {
                        given_back.push(message);
                    }
                }
            }
            moved += self.deliver_webhooks().await.len();
            if moved > 0 {
                continue;
            }
            let now = self.world().now();
            let providers = [self.bfl().next_event(), self.fal().next_event(), self.replicate().next_event()];
            let next = providers.into_iter().flatten().min();
            match next.map(|at| at.duration_since(now).unsigned_abs()) {
                Some(wait) if wait <= PATIENCE => self.world().advance(wait),
                _ => break,
            }
        }
        // Their visibility timeout is longer than all of this takes.
        given_back.into_iter().for_each(|message| self.world().return_message(message));
    }

    /// Hands over every message that waits in one queue, once. Returns their number.
    ///
    /// # Panics
    /// When no function works on this queue.
    pub async fn work_on(&self, queue: &str) -> usize {
        let mut queues = QUEUES.iter().chain([&PICTURES]);
        let (_, function) = queues.find(|(known, _)| *known == queue).expect("a queue of ours");
        let messages = self.world().take_messages(queue);
        let count = messages.len();
        for message in messages {
            if !self.hand_over(function, &message).await {
                self.world().return_message(message);
            }
        }
        count
    }

    /// Delivers the webhooks that are due, and tells the providers how each was answered.
    pub async fn deliver_webhooks(&self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for webhook in self.take_webhooks() {
            answers.extend(self.deliver(&webhook).await);
        }
        answers
    }

    /// The webhooks of all providers that are due. Each is handed out once.
    #[must_use]
    pub fn take_webhooks(&self) -> Vec<Webhook> {
        let now = self.world().now();
        let mut webhooks = self.replicate().take_webhooks(now);
        webhooks.extend(self.fal().take_webhooks(now));
        webhooks.extend(self.bfl().take_webhooks(now));
        webhooks
    }

    /// Delivers one webhook, in a process of its own, and tells its provider how it was answered.
    /// Returns `None` when the process died.
    pub async fn deliver(&self, webhook: &Webhook) -> Option<Answer> {
        let answer = self.world().run(self.send(webhook_event(webhook))).await.ok();
        self.webhook_answered(webhook, answer.as_ref().is_some_and(|answer| answer.status() < 300));
        answer
    }

    /// Tells the provider of this webhook whether it was answered with a 2xx.
    ///
    /// # Panics
    /// When it is not the webhook of a provider.
    pub fn webhook_answered(&self, webhook: &Webhook, delivered: bool) {
        match provider(webhook) {
            ProviderName::Bfl => self.bfl().webhook_answered(webhook.id, delivered),
            ProviderName::Fal => self.fal().webhook_answered(webhook.id, delivered),
            ProviderName::Replicate => self.replicate().webhook_answered(webhook.id, delivered),
        }
    }

    /// Lets a minute pass, runs the sweep, and settles.
    pub async fn minute(&self) {
        self.world().advance(Duration::from_secs(60));
        self.sweep().await;
        self.settle().await;
    }

    /// Lets minutes pass until every generation is final and owes no thumbnails. Returns their
    /// number.
    ///
    /// # Panics
    /// When an hour is not enough.
    pub async fn rest(&self) -> u32 {
        self.settle().await;
        for minutes in 0..SWEEPS {
            let open: Vec<_> = self.all_generations().into_iter().filter(|it| it.open.is_some()).collect();
            if open.is_empty() {
                return minutes;
            }
            self.minute().await;
        }
        let stuck: Vec<_> = self.all_generations().into_iter().filter(|it| it.open.is_some()).collect();
        panic!("the sweep must bring every generation to its end within {SWEEPS} minutes; stuck: {stuck:#?}");
    }
}

/// The event in which the gateway passes a provider's webhook on.
///
/// # Panics
/// When it does not go to our route for webhooks.
#[must_use]
pub fn webhook_event(webhook: &Webhook) -> Event {
    let (provider, query) = addressed(webhook);
    let body = std::str::from_utf8(&webhook.body).expect("a webhook is text");
    let recorded = match provider {
        "replicate" => "provider-webhook".to_owned(),
        other => format!("provider-webhook.{other}"),
    };
    let event = Event::recorded(&recorded).path("provider", provider).raw_query(query).body(body);
    webhook.headers.iter().fold(event, |event, (name, value)| {
        event.header(name.as_str(), value.to_str().expect("the provider's headers are text"))
    })
}

/// The provider that sent a webhook.
fn provider(webhook: &Webhook) -> ProviderName {
    addressed(webhook).0.parse().expect("our webhook URL names a provider")
}

/// The provider and the query in a webhook's URL.
fn addressed(webhook: &Webhook) -> (&str, &str) {
    let ours = format!("{PUBLIC_ORIGIN}/v1/webhooks/providers/");
    let target = webhook.url.strip_prefix(&ours).unwrap_or_else(|| panic!("{} is not ours", webhook.url));
    target.split_once('?').expect("our webhook URL has a query")
}
