//! A scanner that reads everything that the platform stores, as the platform itself lists it.
//!
//! It uses none of our code to find or to read a store, so it also finds a store that our code has
//! forgotten.

use crate::{person::client, tables::root};
use bytes::Bytes;
use local::LocalPlatform;
use reqwest::{
    Client, RequestBuilder,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt};

/// MiniStack accepts any request with its root key, without a valid signature.
const ROOT: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/any/aws4_request, SignedHeaders=host, Signature=0";

/// The number of bytes of a content that a message shows.
const SHOWN: usize = 2_000;

/// Kinds of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScannedStore {
    /// An item of a table.
    Table,
    /// An item in an index.
    Index,
    /// A version of an object, or a delete marker.
    Object,
    /// An open upload.
    Upload,
    /// A message in a queue, visible or not.
    Message,
    /// A line of a log.
    Log,
    /// A mail that was sent.
    Mail,
}

/// A stored item, object, message, log line or mail.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// The kind of store.
    pub store: ScannedStore,
    /// The name of the store and, for objects, the key.
    pub place: String,
    /// The whole content; for objects with the headers.
    pub content: Bytes,
}

impl Thing {
    /// The place and the content, as one text to search.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.place, String::from_utf8_lossy(&self.content))
    }
}

impl fmt::Debug for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beginning = &self.content[..self.content.len().min(SHOWN)];
        write!(f, "{:?} {}: {}", self.store, self.place, String::from_utf8_lossy(beginning))
    }
}

/// Reads all stores of one platform.
pub struct Scanner {
    endpoint: String,
    client: Client,
    s3: aws::Clients,
}

impl Scanner {
    /// A scanner of this platform.
    pub fn of(platform: &LocalPlatform) -> Self {
        Self { endpoint: platform.cloud().to_owned(), client: client(), s3: root(platform) }
    }

    /// Everything in all stores, sorted.
    pub async fn everything(&self) -> Vec<Thing> {
        let mut things = self.at_rest().await;
        things.extend(self.logs().await);
        things.sort();
        things
    }

    /// Everything except the logs, sorted. A request that changes nothing leaves it unchanged.
    pub async fn at_rest(&self) -> Vec<Thing> {
        let mut things = self.items().await;
        things.extend(self.objects().await);
        things.extend(self.messages().await);
        things.extend(self.mails().await);
        things.sort();
        things
    }

    /// Every message of every queue.
    pub async fn messages(&self) -> Vec<Thing> {
        let answer = answered(self.client.get(format!("{}/_ministack/sqs/messages", self.endpoint))).await;
        let regions = fields(&answer["messages"]).flat_map(|(_, regions)| fields(regions));
        let queues = regions.flat_map(|(_, queues)| fields(queues));
        let messages = queues.flat_map(|(url, messages)| list(messages).map(move |message| (url, &message["Body"])));
        messages.map(|(url, body)| thing(ScannedStore::Message, url, text(body))).collect()
    }

    /// The names of all stores, to check that none is overlooked. Of queues, the last part.
    pub async fn stores(&self) -> BTreeSet<String> {
        let tables = self
            .tables()
            .await
            .into_iter()
            .map(|(name, index)| index.map_or(name.clone(), |index| format!("{name}/{index}")));
        let mut stores: BTreeSet<String> = tables.collect();
        stores.extend(self.buckets().await);
        stores.extend(self.log_groups().await);
        let queues = self.ask("AmazonSQS.ListQueues", json!({ "MaxResults": 1000 })).await;
        stores.extend(list(&queues["QueueUrls"]).map(|url| last_part(&text(url)).to_owned()));
        stores
    }

    /// Sends a request to a service with a JSON protocol, as root.
    pub async fn ask(&self, target: &str, question: Value) -> Value {
        let request = self.client.post(format!("{}/", self.endpoint)).header("x-amz-target", target);
        answered(request.header(CONTENT_TYPE, "application/x-amz-json-1.1").body(question.to_string())).await
    }

    /// Sends a mail, as root.
    pub async fn send_mail(&self, text: &str) {
        let mail = json!({
            "FromEmailAddress": "planted@people.example",
            "Destination": { "ToAddresses": ["planted@people.example"] },
            "Content": { "Simple": { "Subject": { "Data": "planted" }, "Body": { "Text": { "Data": text } } } },
        });
        answered(
            self.client
                .post(format!("{}/v2/email/identities", self.endpoint))
                .body(json!({ "EmailIdentity": "planted@people.example" }).to_string()),
        )
        .await;
        let url = format!("{}/v2/email/outbound-emails", self.endpoint);
        answered(self.client.post(url).header(CONTENT_TYPE, "application/json").body(mail.to_string())).await;
    }

    /// All pages of an answer. `names` are the fields of the list in the answer, of the token in the
    /// request, and of the token in the answer.
    async fn pages(&self, target: &str, mut question: Value, [items, next, token]: [&str; 3]) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let mut answer = self.ask(target, question.clone()).await;
            all.extend(answer[items].as_array_mut().map(std::mem::take).unwrap_or_default());
            match answer[token].take() {
                Value::Null => return all,
                token => question[next] = token,
            }
        }
    }

    /// The items of every table and of each of its indexes.
    async fn tables(&self) -> Vec<(String, Option<String>)> {
        let names = ["TableNames", "ExclusiveStartTableName", "LastEvaluatedTableName"];
        let mut all = Vec::new();
        for table in self.pages("DynamoDB_20120810.ListTables", json!({}), names).await {
            let table = text(&table);
            let answer = self.ask("DynamoDB_20120810.DescribeTable", json!({ "TableName": table })).await;
            let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
            let indexes = indexes.iter().flat_map(|kind| list(&answer["Table"][kind]));
            all.extend(indexes.map(|index| (table.clone(), Some(text(&index["IndexName"])))));
            all.push((table, None));
        }
        all
    }

    async fn items(&self) -> Vec<Thing> {
        let mut all = Vec::new();
        for (table, index) in self.tables().await {
            let (question, store, place) = match index {
                None => (json!({ "TableName": table, "ConsistentRead": true }), ScannedStore::Table, table),
                Some(index) => {
                    let place = format!("{table}/{index}");
                    (json!({ "TableName": table, "IndexName": index }), ScannedStore::Index, place)
                }
            };
            let names = ["Items", "ExclusiveStartKey", "LastEvaluatedKey"];
            let items = self.pages("DynamoDB_20120810.Scan", question, names).await;
            all.extend(items.iter().map(|item| thing(store, &place, item.to_string())));
        }
        all
    }

    async fn buckets(&self) -> Vec<String> {
        let answer = self.s3.s3().list_buckets().send().await.expect("the buckets can be listed");
        answer.buckets().iter().map(|bucket| bucket.name().expect("a bucket has a name").to_owned()).collect()
    }

    /// Every version of every object with its headers, every delete marker, every upload.
    async fn objects(&self) -> Vec<Thing> {
        let mut all = Vec::new();
        for bucket in self.buckets().await {
            let mut pages = self.s3.s3().list_object_versions().bucket(&bucket);
            loop {
                let page = pages.clone().send().await.expect("the versions can be listed");
                for version in page.versions() {
                    let (key, id) = (version.key().unwrap_or_default(), version.version_id().unwrap_or_default());
                    all.push(self.object(&bucket, key, id).await);
                }
                for marker in page.delete_markers() {
                    let place = format!("{bucket}/{}", marker.key().unwrap_or_default());
                    all.push(thing(ScannedStore::Object, &place, "a delete marker"));
                }
                if !page.is_truncated().unwrap_or_default() {
                    break;
                }
                pages = pages.set_key_marker(page.next_key_marker().map(str::to_owned));
                pages = pages.set_version_id_marker(page.next_version_id_marker().map(str::to_owned));
            }
            let uploads = self.s3.s3().list_multipart_uploads().bucket(&bucket).send().await;
            let uploads = uploads.expect("the uploads can be listed");
            assert!(!uploads.is_truncated().unwrap_or_default(), "more uploads than one page shows");
            for upload in uploads.uploads() {
                let place = format!("{bucket}/{}", upload.key().unwrap_or_default());
                all.push(thing(ScannedStore::Upload, &place, format!("{upload:?}")));
            }
        }
        all
    }

    async fn object(&self, bucket: &str, key: &str, version: &str) -> Thing {
        let ask = self.s3.s3().get_object().bucket(bucket).key(key).version_id(version).send();
        let mut object = ask.await.unwrap_or_else(|error| panic!("{bucket}/{key}: {error:?}"));
        let body = std::mem::take(&mut object.body).collect().await.expect("an object reads to its end");
        let named = [object.content_type(), object.content_disposition(), object.content_language()];
        let headers = format!("{named:?} {:?}\n", object.metadata());
        let content = [headers.as_bytes(), &body.into_bytes()].concat();
        thing(ScannedStore::Object, &format!("{bucket}/{key}?{version}"), content)
    }

    async fn log_groups(&self) -> Vec<String> {
        let names = ["logGroups", "nextToken", "nextToken"];
        let groups = self.pages("Logs_20140328.DescribeLogGroups", json!({}), names).await;
        groups.iter().map(|group| text(&group["logGroupName"])).collect()
    }

    async fn logs(&self) -> Vec<Thing> {
        let mut all = Vec::new();
        for group in self.log_groups().await {
            let names = ["events", "nextToken", "nextToken"];
            let question = json!({ "logGroupName": group });
            let events = self.pages("Logs_20140328.FilterLogEvents", question, names).await;
            // MiniStack shows 10,000 events at most, and gives no token for the rest.
            assert!(events.len() < 10_000, "{group} holds more lines than one answer shows");
            all.extend(events.iter().map(|event| thing(ScannedStore::Log, &group, text(&event["message"]))));
        }
        all
    }

    async fn mails(&self) -> Vec<Thing> {
        let answer = answered(self.client.get(format!("{}/_ministack/ses/messages", self.endpoint))).await;
        let mails = fields(&answer["messages"]).flat_map(|(_, mails)| list(mails));
        mails.map(|mail| thing(ScannedStore::Mail, "mail", mail.to_string())).collect()
    }
}

fn thing(store: ScannedStore, place: &str, content: impl Into<Bytes>) -> Thing {
    Thing { store, place: place.to_owned(), content: content.into() }
}

/// The JSON of an answer, which must be a success.
async fn answered(request: RequestBuilder) -> Value {
    let answer = request.header(AUTHORIZATION, ROOT).send().await.expect("MiniStack answers");
    let status = answer.status();
    let body = answer.text().await.expect("MiniStack answers in text");
    assert!(status.is_success(), "MiniStack answers {status}: {body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

/// The name in a queue's URL. The host depends on the caller.
pub fn last_part(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
