//! Single writes: alone, or as part of a transaction.

use crate::{Condition, Dynamo, Item, condition::Placeholders, failure::failed};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
        TransactWriteItem, Update,
    },
};
use kernel::{Error, Result};
use serde::Serialize;
use std::fmt;

/// What a condition that did not hold means for who wanted to write.
#[derive(Debug)]
pub enum Verdict {
    /// The decision rests on an old state: read again and decide again.
    Stale,
    /// The stored state forbids it.
    Refused(Error),
}

/// What became of a write that stands alone.
#[derive(Debug)]
pub enum WriteOutcome {
    /// It applied. The item as it is now, for updates.
    Applied(Item),
    /// The condition did not hold. The item as it is, unless there is none.
    ConditionFailed(Option<Item>),
}

/// The condition of a write. The SDK has a builder of its own for each kind of write,
/// alone and in a transaction, with the same methods and nothing in common.
macro_rules! conditional {
    ($builder:expr, $condition:expr, $placeholders:expr) => {{
        let (names, values) = $placeholders.done();
        $builder
            .set_condition_expression($condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
    }};
}

/// What came of a write that stands alone; each kind has an error of its own.
macro_rules! outcome {
    ($operation:literal, $sent:expr, $error:ident) => {
        match $sent {
            Ok(item) => Ok(WriteOutcome::Applied(item)),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(WriteOutcome::ConditionFailed(match error.into_err() {
                    $error::ConditionalCheckFailedException(held) => held.item,
                    _ => None,
                }))
            }
            Err(error) => Err(failed($operation, error)),
        }
    };
}

enum Action {
    Put(Item),
    Update { key: Item, parts: Parts },
    Delete { key: Item },
    Check { key: Item },
}

/// What an update does to attributes.
#[derive(Default)]
struct Parts {
    sets: Vec<(&'static str, AttributeValue)>,
    adds: Vec<(&'static str, u32)>,
    removes: Vec<&'static str>,
}

/// One conditional write to one item. Made by [`Table`](crate::Table).
pub struct Write {
    db: Dynamo,
    table: String,
    action: Action,
    condition: Option<Condition>,
    broken: Option<Error>,
}

/// How the condition of a change that did not hold is explained.
type Explain = Box<dyn Fn(Option<Item>) -> Verdict + Send + Sync>;

/// One item of a transaction, and how to explain that its condition did not hold.
pub struct Change {
    pub(crate) write: TransactWriteItem,
    pub(crate) explain: Explain,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

impl Write {
    pub(crate) fn put(db: Dynamo, table: String, key: Item, item: &impl Serialize) -> Self {
        let (item, broken) = match serde_dynamo::aws_sdk_dynamodb_1::to_item(item) {
            Ok(item) => (item, None),
            Err(cause) => (Item::new(), Some(Error::internal(cause))),
        };
        Self { db, table, action: Action::Put(item.into_iter().chain(key).collect()), condition: None, broken }
    }

    pub(crate) fn update(db: Dynamo, table: String, key: Item) -> Self {
        let action = Action::Update { key, parts: Parts::default() };
        Self { db, table, action, condition: None, broken: None }
    }

    pub(crate) fn delete(db: Dynamo, table: String, key: Item) -> Self {
        Self { db, table, action: Action::Delete { key }, condition: None, broken: None }
    }

    /// Writes nothing: the condition of an item that a transaction rests on.
    pub(crate) fn check(db: Dynamo, table: String, key: Item, condition: Condition) -> Self {
        Self { db, table, action: Action::Check { key }, condition: Some(condition), broken: None }
    }

    /// Sets an attribute of an update.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Serialize) -> Self {
        match serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(value) {
            Ok(value) => match &mut self.action {
                Action::Update { parts, .. } => parts.sets.push((name, value)),
                Action::Put(item) => drop(item.insert(name.to_owned(), value)),
                Action::Delete { .. } | Action::Check { .. } => {}
            },
            Err(cause) => self.broken = Some(Error::internal(cause)),
        }
        self
    }

    /// Adds to a number in an update; one that is missing counts as none. The condition must be
    /// one that this very write makes false, or it counts twice when its answer is lost.
    #[must_use]
    pub fn add(mut self, name: &'static str, number: u32) -> Self {
        if let Action::Update { parts, .. } = &mut self.action {
            parts.adds.push((name, number));
        }
        self
    }

    /// Removes an attribute in an update.
    #[must_use]
    pub fn remove(mut self, name: &'static str) -> Self {
        match &mut self.action {
            Action::Update { parts, .. } => parts.removes.push(name),
            Action::Put(item) => drop(item.remove(name)),
            Action::Delete { .. } | Action::Check { .. } => {}
        }
        self
    }

    /// Writes only where this holds.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// As part of a transaction; `explain` judges the stored item when the condition
    /// does not hold.
    ///
    /// # Errors
    /// `internal` when a value could not be serialised.
    pub fn or(self, explain: impl Fn(Option<Item>) -> Verdict + Send + Sync + 'static) -> Result<Change> {
        let Self { table, action, condition, broken, .. } = self;
        if let Some(broken) = broken {
            return Err(broken);
        }
        let mut placeholders = Placeholders::default();
        let condition = condition.map(|condition| placeholders.condition(condition));
        let item = TransactWriteItem::builder();
        let write = match action {
            Action::Put(whole) => {
                let put = Put::builder().table_name(table).set_item(Some(whole));
                item.put(conditional!(put, condition, placeholders).build().map_err(Error::internal)?)
            }
            Action::Update { key, parts } => {
                let expression = parts.expression(&mut placeholders);
                let update = Update::builder().table_name(table).set_key(Some(key)).update_expression(expression);
                item.update(conditional!(update, condition, placeholders).build().map_err(Error::internal)?)
            }
            Action::Delete { key } => {
                let delete = Delete::builder().table_name(table).set_key(Some(key));
                item.delete(conditional!(delete, condition, placeholders).build().map_err(Error::internal)?)
            }
            Action::Check { key } => {
                let check = ConditionCheck::builder().table_name(table).set_key(Some(key));
                item.condition_check(conditional!(check, condition, placeholders).build().map_err(Error::internal)?)
            }
        };
        Ok(Change { write: write.build(), explain: Box::new(explain) })
    }

    /// As part of a transaction in which a condition that does not hold always means
    /// that the decision was stale.
    ///
    /// # Errors
    /// `internal` when a value could not be serialised.
    pub fn or_stale(self) -> Result<Change> {
        self.or(|_| Verdict::Stale)
    }

    /// Alone, in one request.
    ///
    /// When the answer to an applied write is lost, the SDK sends it again and the
    /// condition fails on our own writing; who must tell the two apart writes a mark of
    /// its own and looks for it in [`WriteOutcome::ConditionFailed`].
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer (the write may have applied), `internal`
    /// otherwise.
    pub async fn apply(self) -> Result<WriteOutcome> {
        let Self { db, table, action, condition, broken } = self;
        if let Some(broken) = broken {
            return Err(broken);
        }
        let db = db.client();
        let mut placeholders = Placeholders::default();
        let condition = condition.map(|condition| placeholders.condition(condition));
        match action {
            Action::Put(item) => {
                let put = db.put_item().table_name(table).set_item(Some(item));
                let sent = conditional!(put, condition, placeholders).send().await;
                outcome!("PutItem", sent.map(|_| Item::new()), PutItemError)
            }
            Action::Update { key, parts } => {
                let expression = parts.expression(&mut placeholders);
                let update = db.update_item().table_name(table).set_key(Some(key)).update_expression(expression);
                let update = update.return_values(ReturnValue::AllNew);
                let sent = conditional!(update, condition, placeholders).send().await;
                outcome!("UpdateItem", sent.map(|answer| answer.attributes.unwrap_or_default()), UpdateItemError)
            }
            Action::Delete { key } => {
                let delete = db.delete_item().table_name(table).set_key(Some(key));
                let sent = conditional!(delete, condition, placeholders).send().await;
                outcome!("DeleteItem", sent.map(|_| Item::new()), DeleteItemError)
            }
            Action::Check { .. } => Err(Error::internal("a check is part of a transaction and never stands alone")),
        }
    }
}

impl Parts {
    fn expression(self, placeholders: &mut Placeholders) -> String {
        let sets = self.sets.into_iter().map(|(name, value)| (name, Some(value)));
        let number = |number: u32| Some(AttributeValue::N(number.to_string()));
        let adds = self.adds.into_iter().map(|(name, by)| (name, number(by)));
        let removes = self.removes.into_iter().map(|name| (name, None));
        let clauses = [
            clause(placeholders, "SET", " = ", sets),
            clause(placeholders, "ADD", " ", adds),
            clause(placeholders, "REMOVE", "", removes),
        ];
        clauses.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// A word and what it is done to; nothing where there is nothing to do.
fn clause(
    placeholders: &mut Placeholders,
    word: &str,
    between: &str,
    parts: impl Iterator<Item = (&'static str, Option<AttributeValue>)>,
) -> Option<String> {
    let parts: Vec<String> = parts
        .map(|(name, value)| match value {
            Some(value) => format!("{}{between}{}", placeholders.name(name), placeholders.value(value)),
            None => placeholders.name(name),
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{word} {}", parts.join(", ")))
}
