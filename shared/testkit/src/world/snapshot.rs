//! The stored contents of a world.

use crate::{
    dynamodb::{engine::Written, tables::TRANSIENT_TABLE},
    names::MEDIA_BUCKET,
    s3::store::{OpenMultipartUpload, StoredObject},
    sqs::queues::QueueMessage,
    world::World,
};
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, fmt};

/// Everything that a world stores: items, objects with all versions, open uploads, and
/// waiting messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    items: BTreeMap<String, Vec<Value>>,
    objects: Vec<StoredObject>,
    uploads: Vec<OpenMultipartUpload>,
    messages: BTreeMap<String, Vec<QueueMessage>>,
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, items) in &self.items {
            items.iter().try_for_each(|item| writeln!(f, "{table} {item}"))?;
        }
        for object in &self.objects {
            writeln!(f, "object {object}")?;
        }
        for upload in &self.uploads {
            writeln!(f, "open upload {upload:?}")?;
        }
        for (queue, messages) in &self.messages {
            messages.iter().try_for_each(|message| writeln!(f, "{queue} {} {}", message.id, message.body))?;
        }
        Ok(())
    }
}

impl World {
    /// One item as plain JSON (`{"pk": "..", "version": 1}`), or `None`.
    ///
    /// # Panics
    /// When the world has no such table.
    #[must_use]
    pub fn item(&self, table: &str, pk: &str, sk: &str) -> Option<Value> {
        let Some(item) = self.state().dynamodb().item(table, pk, sk) else {
            self.violated(&format!("there is no table {table}"))
        };
        item.map(|item| plain_item(&item))
    }

    /// All items of a table as plain JSON, in the order of their keys.
    ///
    /// # Panics
    /// When the world has no such table.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<Value> {
        let Some(items) = self.state().dynamodb().scan(table) else {
            self.violated(&format!("there is no table {table}"))
        };
        items.into_iter().map(|item| plain_item(&item)).collect()
    }

    /// The writes since the last call of this method, in their order: table, key, and the
    /// item after the write, `None` if it was deleted. The first call switches the history
    /// on. Batches of writes are not in it: none of our functions writes in batches.
    pub fn written(&self) -> Vec<(String, Value, Option<Value>)> {
        let written = self.state().dynamodb().take_history().into_iter();
        let plain = |it: Written| (it.table, plain_item(&it.key), it.item.map(|item| plain_item(&item)));
        written.map(plain).collect()
    }

    /// Deletes items whose `expires_at` has passed. AWS does this within days, so no
    /// program may depend on it.
    pub fn sweep_expired(&self) -> usize {
        self.state().dynamodb().sweep_expired()
    }

    /// All versions of all objects of a bucket, delete markers included, by key and from
    /// the oldest on.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        self.state().s3().objects(bucket)
    }

    /// Multipart uploads that were neither completed nor aborted.
    #[must_use]
    pub fn open_uploads(&self, bucket: &str) -> Vec<OpenMultipartUpload> {
        self.state().s3().open_uploads(bucket)
    }

    /// Everything that the world stores.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let tables = self.state().dynamodb().tables();
        Snapshot {
            items: tables.into_iter().map(|table| (table.clone(), self.items(&table))).collect(),
            objects: self.objects(MEDIA_BUCKET),
            uploads: self.open_uploads(MEDIA_BUCKET),
            messages: self.state().queues().all().clone(),
        }
    }

    /// Fails unless the world stores exactly the contents of `before`. The table `Transient` does not
    /// count: each request that is counted writes there, also one that is refused.
    ///
    /// # Panics
    /// When something was written, sent or deleted since `before`; the message names it.
    pub fn assert_unchanged(&self, before: &Snapshot) {
        let kept = |snapshot: &Snapshot| -> String {
            let text = snapshot.to_string();
            text.split_inclusive('\n').filter(|line| !line.starts_with(TRANSIENT_TABLE)).collect()
        };
        let (before, after) = (kept(before), kept(&self.snapshot()));
        let only = |these: &str, those: &str, sign: &str| -> String {
            these
                .lines()
                .filter(|line| !those.lines().any(|l| l == *line))
                .map(|line| format!("\n{sign} {line}"))
                .collect()
        };
        assert!(
            before == after,
            "nothing may have been written, but:{}{}",
            only(&before, &after, "-"),
            only(&after, &before, "+")
        );
    }
}

fn plain_item(item: &Value) -> Value {
    let attributes = item.as_object().into_iter().flatten();
    Value::Object(attributes.map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>())
}

/// An attribute value without its type. Binaries stay base64, sets become lists.
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|typed| typed.iter().next()) else { return Value::Null };
    let list = |each: fn(&Value) -> Value| inner.as_array().into_iter().flatten().map(each).collect();
    match kind.as_str() {
        "N" => number(inner),
        "M" => plain_item(inner),
        "L" => Value::Array(list(plain)),
        "NS" => Value::Array(list(number)),
        "NULL" => Value::Null,
        _ => inner.clone(),
    }
}

fn number(text: &Value) -> Value {
    let number = text.as_str().and_then(|text| text.parse::<Number>().ok());
    number.map_or_else(|| text.clone(), Value::Number)
}
