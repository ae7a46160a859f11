//! A platform on which nothing happens by itself: no queue and no schedule calls a function, and no
//! partner sends webhooks. A walk takes each step itself, so it never waits, and ends with the step
//! that fails.

use super::root;
use crate::{
    stack::Stack,
    tables::{self, Tables},
};
use aws::{
    Clients,
    s3::{self, primitives::ByteStream},
};
use local::{
    LocalPlatform, PlatformOptions,
    fakes::{replicate, stripe},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;

/// The form of MiniStack's log line for a refusal: see infra/local/cloud.py.
const DENIED: &str = "denied ";

/// The request of `aws::Clients::warm`. On AWS its health check needs no permission, and its result is
/// ignored.
const WARMING: &str = ":table/none";

/// A refusal.
#[derive(Debug)]
pub struct Denial {
    /// The role's physical name.
    pub role: String,
    /// The refused action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// A platform without queues, schedules and webhooks.
pub struct Quiet {
    stack: Stack,
    clients: Clients,
}

impl Quiet {
    /// Starts the platform.
    pub async fn start() -> Self {
        let stack = Stack::start(PlatformOptions::default()).await;
        let clients = tables::root(&stack.platform);
        let quiet = Self { stack, clients };
        for (kind, service, path) in [
            ("AWS::Lambda::EventSourceMapping", "lambda", "/2015-03-31/event-source-mappings"),
            ("AWS::Scheduler::Schedule", "scheduler", "/schedules"),
        ] {
            for (_, id) in quiet.of_type(kind) {
                let path = format!("{path}/{id}");
                root::change(quiet.platform(), service, Method::DELETE, &path, &json!({})).await;
            }
        }
        quiet.platform().stripe().knobs(|knobs| knobs.webhook = stripe::StripeWebhookMode::Never);
        quiet
    }

    /// The platform itself.
    pub fn platform(&self) -> &LocalPlatform {
        &self.stack.platform
    }

    /// Its tables, as root.
    pub fn tables(&self) -> &Tables {
        &self.stack.tables
    }

    /// The origin of the service.
    pub fn base(&self) -> &str {
        self.stack.base()
    }

    /// The log lines of a function, as JSON.
    pub async fn logged(&self, function: &str) -> Vec<Value> {
        self.stack.logged(function).await
    }

    /// Stops the platform.
    pub async fn stop(self) {
        self.stack.platform.stop().await;
    }

    /// All functions, by their logical ids.
    pub fn functions(&self) -> Vec<String> {
        self.of_type("AWS::Lambda::Function").map(|(name, _)| name.to_owned()).collect()
    }

    /// Logical and physical ids of the resources of one type.
    fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        let resources = self.platform().resources().iter().filter(move |(_, resource)| resource.kind == kind);
        resources.map(|(name, resource)| (name.as_str(), resource.id.as_str()))
    }

    /// An ARN with the logical names of the template: `Generations/index/open`, `Media/generations/*`.
    pub fn logical(&self, arn: &str) -> String {
        let own = arn.splitn(6, ':').last().unwrap_or(arn);
        let own = own.strip_prefix("table/").or_else(|| own.strip_prefix("parameter")).unwrap_or(own);
        let named = self.platform().resources().iter().find_map(|(name, resource)| {
            // A queue's physical id is its URL.
            let physical = resource.id.rsplit('/').next()?;
            let rest = own.strip_prefix(physical).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
            Some(format!("{name}{rest}"))
        });
        named.unwrap_or_else(|| own.to_owned())
    }

    /// All refusals so far. MiniStack writes the line before it answers.
    pub fn denials(&self) -> Vec<Denial> {
        let log = fs::read(self.platform().cloud_log()).expect("MiniStack has a log");
        let log = String::from_utf8_lossy(&log);
        let words = log.lines().filter_map(|line| line.strip_prefix(DENIED)).map(|line| line.split(' ').collect());
        let denials = words.filter_map(|words: Vec<&str>| match words[..] {
            [role, action, resource] => {
                let [role, action, resource] = [role, action, resource].map(str::to_owned);
                Some(Denial { role, action, resource })
            }
            _ => None,
        });
        denials.filter(|denial| !denial.resource.ends_with(WARMING)).collect()
    }

    /// Ends the processes of a function, so that the next call is a cold start.
    pub async fn start_anew(&self, function: &str) {
        let physical = &self.platform().resource(function).expect("the function is deployed").id;
        // The handler does not change. Any update restarts the function.
        let path = format!("/2015-03-31/functions/{physical}/configuration");
        let same = json!({ "Handler": "bootstrap" });
        root::change(self.platform(), "lambda", Method::PUT, &path, &same).await;
    }

    /// Turns the knobs back: the provider ends jobs at once and sends no webhooks.
    pub fn turn_back_the_knobs(&self) {
        self.platform().replicate().knobs(|knobs| {
            let (success_after_ms, webhook) = (0, replicate::WebhookMode::Never);
            *knobs = replicate::Knobs { success_after_ms, webhook, ..replicate::Knobs::default() };
        });
    }

    /// Turns knobs of the provider until the walk ends.
    pub fn knobs(&self, turn: impl FnOnce(&mut replicate::Knobs)) {
        self.platform().replicate().knobs(turn);
    }

    /// Calls a queue's worker with one message.
    pub async fn work(&self, worker: &str, message: &Value) -> Result<(), String> {
        let event = json!({ "Records": [{ "messageId": "1", "body": message.to_string() }] });
        let answer = self.call(worker, &event).await?;
        let failed = answer["batchItemFailures"].as_array().is_none_or(|failed| !failed.is_empty());
        if failed { Err(format!("{worker} gives its message back")) } else { Ok(()) }
    }

    /// Calls a function.
    pub async fn call(&self, function: &str, event: &Value) -> Result<Value, String> {
        self.platform().invoke(function, event).await.map_err(|_| format!("{function} ends with an error"))
    }

    /// Receives all messages of a queue. They stay invisible for longer than a walk takes.
    pub async fn messages(&self, queue: &str) -> Vec<Value> {
        let (sqs, url) = (self.clients.sqs(), &self.platform().resource(queue).expect("the queue is deployed").id);
        let mut all = Vec::new();
        loop {
            let receive = sqs.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(0);
            let received = receive.send().await.expect("root may receive").messages.unwrap_or_default();
            if received.is_empty() {
                return all;
            }
            let bodies = received.iter().filter_map(|message| serde_json::from_str(message.body()?).ok());
            all.extend(bodies);
        }
    }

    /// Stores an object in two versions, and an open upload, below the account's prefix. MiniStack
    /// checks the permission to delete a version only from the second version on.
    pub async fn leave_media(&self, account: &str) {
        self.leave_below(&format!("generations/{account}")).await;
    }

    /// Stores the same below this prefix.
    pub async fn leave_below(&self, prefix: &str) {
        let (s3, bucket) = self.media();
        self.leave_objects(&format!("{prefix}/whole")).await;
        let part = s3.create_multipart_upload().bucket(bucket).key(format!("{prefix}/part"));
        part.send().await.expect("root may upload");
    }

    /// Stores the object alone, in its two versions.
    pub async fn leave_objects(&self, key: &str) {
        let (s3, bucket) = self.media();
        for _ in 0..2 {
            let put = s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"whole"));
            put.send().await.expect("root may put");
        }
    }

    /// The number of versions of objects below a prefix.
    pub async fn count_objects(&self, prefix: &str) -> usize {
        let (s3, bucket) = self.media();
        let versions = s3.list_object_versions().bucket(bucket).prefix(prefix).send().await.expect("root may list");
        versions.versions().len()
    }

    /// The numbers of versions of objects and of open uploads below the account's prefix.
    pub async fn count_media(&self, account: &str) -> (usize, usize) {
        let ((s3, bucket), prefix) = (self.media(), format!("generations/{account}/"));
        let versions = s3.list_object_versions().bucket(bucket).prefix(&prefix).send().await.expect("root may list");
        let uploads = s3.list_multipart_uploads().bucket(bucket).prefix(&prefix).send().await.expect("root may list");
        (versions.versions().len(), uploads.uploads().len())
    }

    fn media(&self) -> (s3::Client, &str) {
        (self.clients.s3(), &self.platform().resource("Media").expect("the bucket is deployed").id)
    }
}
