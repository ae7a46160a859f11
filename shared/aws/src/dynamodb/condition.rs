//! Conditions of a write, rendered into DynamoDB's expression language.

use crate::dynamodb::item::Item;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// A condition on the stored item. A write applies only where its condition holds. Attribute names
/// are the item's own: the rendering replaces them by placeholders, so reserved words are safe.
#[derive(Debug, Clone)]
pub enum Condition {
    /// The item does not exist.
    Absent,
    /// The item exists.
    Exists,
    /// The attribute is missing.
    Missing(&'static str),
    /// The attribute has this value.
    Equals(&'static str, AttributeValue),
    /// The attribute has one of these values.
    OneOf(&'static str, Vec<AttributeValue>),
    /// The attribute is at most this value.
    AtMost(&'static str, AttributeValue),
    /// The attribute is a text from the first to the last, both included.
    Between(&'static str, String, String),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// All conditions hold.
    All(Vec<Condition>),
    /// At least one condition holds.
    Any(Vec<Condition>),
}

impl Condition {
    /// The attribute is this text.
    #[must_use]
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self::Equals(name, AttributeValue::S(value.into()))
    }

    /// The attribute is one of these texts.
    #[must_use]
    pub fn one_of(name: &'static str, values: &[&str]) -> Self {
        Self::OneOf(name, values.iter().map(|value| AttributeValue::S((*value).to_owned())).collect())
    }

    /// The attribute is `true`.
    #[must_use]
    pub fn yes(name: &'static str) -> Self {
        Self::Equals(name, AttributeValue::Bool(true))
    }

    /// The attribute is this number.
    #[must_use]
    pub fn number(name: &'static str, value: impl ToString) -> Self {
        Self::Equals(name, AttributeValue::N(value.to_string()))
    }

    /// The attribute is at most this number.
    #[must_use]
    pub fn at_most(name: &'static str, value: impl ToString) -> Self {
        Self::AtMost(name, AttributeValue::N(value.to_string()))
    }
}

/// The condition does not hold. A comparison with a missing attribute never holds, so its negation
/// does.
#[must_use]
pub fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// All conditions hold.
#[must_use]
pub fn all(conditions: impl Into<Vec<Condition>>) -> Condition {
    Condition::All(conditions.into())
}

/// At least one condition holds.
#[must_use]
pub fn any(conditions: impl Into<Vec<Condition>>) -> Condition {
    Condition::Any(conditions.into())
}

/// The placeholders of one expression: names as `#0`, values as `:0`, numbered together.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    names: HashMap<String, String>,
    values: Item,
    next: usize,
}

impl Placeholders {
    pub(crate) fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{}", self.count());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.count());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    fn count(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// The names and the values in the form of the SDK: `None` where there are none.
    pub(crate) fn done(self) -> (Option<HashMap<String, String>>, Option<Item>) {
        (Some(self.names).filter(|names| !names.is_empty()), Some(self.values).filter(|values| !values.is_empty()))
    }

    pub(crate) fn condition(&mut self, condition: Condition) -> String {
        match condition {
            Condition::Absent => format!("attribute_not_exists({})", self.name("pk")),
            Condition::Exists => format!("attribute_exists({})", self.name("pk")),
            Condition::Missing(name) => format!("attribute_not_exists({})", self.name(name)),
            Condition::Equals(name, value) => format!("{} = {}", self.name(name), self.value(value)),
            Condition::AtMost(name, value) => format!("{} <= {}", self.name(name), self.value(value)),
            Condition::Between(name, first, last) => {
                let (name, first) = (self.name(name), self.value(AttributeValue::S(first)));
                format!("{name} BETWEEN {first} AND {}", self.value(AttributeValue::S(last)))
            }
            Condition::OneOf(name, values) => {
                let name = self.name(name);
                let values: Vec<String> = values.into_iter().map(|value| self.value(value)).collect();
                format!("{name} IN ({})", values.join(", "))
            }
            Condition::Not(condition) => format!("NOT ({})", self.condition(*condition)),
            Condition::All(conditions) => self.join(conditions, " AND "),
            Condition::Any(conditions) => self.join(conditions, " OR "),
        }
    }

    fn join(&mut self, conditions: Vec<Condition>, word: &str) -> String {
        let parts: Vec<String> = conditions.into_iter().map(|part| format!("({})", self.condition(part))).collect();
        parts.join(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_render_with_placeholders_alone() {
        let mut placeholders = Placeholders::default();
        let condition = all([
            Condition::one_of("status", &["queued", "running"]),
            any([Condition::Missing("job"), not(Condition::number("version", 7))]),
        ]);
        assert_eq!(
            placeholders.condition(condition),
            "(#0 IN (:1, :2)) AND ((attribute_not_exists(#3)) OR (NOT (#4 = :5)))"
        );
        let (names, values) = placeholders.done();
        assert_eq!(names.unwrap()["#0"], "status");
        assert_eq!(values.unwrap()[":5"], AttributeValue::N("7".into()));
    }
}
