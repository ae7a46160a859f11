//! Writes: each alone, or as a change of a transaction.

use crate::{
    dynamodb::{
        client::Dynamo,
        condition::{Condition, Placeholders},
        item::Item,
    },
    failure::failed,
};
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

/// The meaning of a failed condition for the decision that wanted to write.
#[derive(Debug)]
pub enum ConditionFailure {
    /// The decision rests on an old state. [`transact`](crate::transact()) reads and decides again.
    Stale,
    /// The stored state forbids the change. [`transact`](crate::transact()) answers the error.
    Refused(Error),
}

/// The outcome of a write that is no part of a transaction.
#[derive(Debug)]
pub enum WriteOutcome {
    /// The write applied. For updates: the item after it.
    Applied(Item),
    /// The condition did not hold. The stored item, if it exists.
    ConditionFailed(Option<Item>),
}

/// Adds the condition to the SDK's builder of a write. Each kind of write has a builder of its own,
/// alone and in a transaction. All have the same methods, but no common trait.
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

/// The outcome of a single write. Each kind of write has an error type of its own.
macro_rules! outcome {
    ($operation:literal, $sent:expr, $error:ident) => {
        match $sent {
            Ok(item) => Ok(WriteOutcome::Applied(item)),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(WriteOutcome::ConditionFailed(match error.into_err() {
                    $error::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                }))
            }
            Err(error) => Err(failed($operation, error)),
        }
    };
}

enum Action {
    Put(Item),
    Update { key: Item, clauses: Clauses },
    Delete { key: Item },
    Check { key: Item },
}

/// The clauses of an update expression.
#[derive(Default)]
struct Clauses {
    sets: Vec<(&'static str, AttributeValue)>,
    adds: Vec<(&'static str, u32)>,
    removes: Vec<&'static str>,
}

/// One conditional write to one item. [`Table`](crate::Table) makes it.
pub struct Write {
    db: Dynamo,
    table: String,
    action: Action,
    condition: Option<Condition>,
    /// Why a value could not be serialised.
    broken: Option<Error>,
}

/// Explains a failed condition, given the stored item.
type Explain = Box<dyn Fn(Option<Item>) -> ConditionFailure + Send + Sync>;

/// One write or check of a transaction, with the explanation of its failed condition.
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
        let action = Action::Update { key, clauses: Clauses::default() };
        Self { db, table, action, condition: None, broken: None }
    }

    pub(crate) fn delete(db: Dynamo, table: String, key: Item) -> Self {
        Self { db, table, action: Action::Delete { key }, condition: None, broken: None }
    }

    /// A condition of a transaction on an item that it does not write.
    pub(crate) fn check(db: Dynamo, table: String, key: Item, condition: Condition) -> Self {
        Self { db, table, action: Action::Check { key }, condition: Some(condition), broken: None }
    }

    /// Sets an attribute of an update or a put.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Serialize) -> Self {
        match serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(value) {
            Ok(value) => match &mut self.action {
                Action::Update { clauses, .. } => clauses.sets.push((name, value)),
                Action::Put(item) => drop(item.insert(name.to_owned(), value)),
                Action::Delete { .. } | Action::Check { .. } => {}
            },
            Err(cause) => self.broken = Some(Error::internal(cause)),
        }
        self
    }

    /// Adds to a number in an update. A missing number counts as zero. The SDK repeats a write whose
    /// answer was lost. So it adds twice, unless the write makes its own condition false or the number
    /// may be too high.
    #[must_use]
    pub fn add(mut self, name: &'static str, number: u32) -> Self {
        if let Action::Update { clauses, .. } = &mut self.action {
            clauses.adds.push((name, number));
        }
        self
    }

    /// Removes an attribute in an update or a put.
    #[must_use]
    pub fn remove(mut self, name: &'static str) -> Self {
        match &mut self.action {
            Action::Update { clauses, .. } => clauses.removes.push(name),
            Action::Put(item) => drop(item.remove(name)),
            Action::Delete { .. } | Action::Check { .. } => {}
        }
        self
    }

    /// Makes the write conditional.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// The write as a change of a transaction. A failed condition means that the decision was
    /// stale.
    ///
    /// # Errors
    /// `internal` when a value could not be serialised.
    pub fn into_change(self) -> Result<Change> {
        self.into_explained_change(|_| ConditionFailure::Stale)
    }

    /// The write as a change of a transaction. When the condition fails, `explain` gets the
    /// stored item and returns the meaning of the failure.
    ///
    /// # Errors
    /// `internal` when a value could not be serialised.
    pub fn into_explained_change(
        self,
        explain: impl Fn(Option<Item>) -> ConditionFailure + Send + Sync + 'static,
    ) -> Result<Change> {
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
            Action::Update { key, clauses } => {
                let expression = clauses.expression(&mut placeholders);
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

    /// Sends the write alone, in one request.
    ///
    /// When the answer to an applied write is lost, the SDK sends the write again, and its
    /// condition may fail because of the first one. A caller that must tell this case apart writes
    /// a mark of its own and looks for it in [`WriteOutcome::ConditionFailed`].
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
            Action::Update { key, clauses } => {
                let expression = clauses.expression(&mut placeholders);
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

impl Clauses {
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

/// One clause: the keyword and its attributes. `None` without attributes.
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
