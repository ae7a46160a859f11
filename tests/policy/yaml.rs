//! YAML with CloudFormation's short tags, in the document's order.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Tagged;
use std::fmt;

/// A value with its tag, such as `!Ref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    tag: Option<String>,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Nothing,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Reads a document as CloudFormation does: `AttributeType: N` is a text.
    ///
    /// # Panics
    /// When the text is no YAML.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).expect("the template must be YAML")
    }

    /// The value below these keys.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter()
            .try_fold(self, |node, key| node.entries().iter().find_map(|(name, value)| (name == key).then_some(value)))
    }

    /// The entries of a map, in order. Any other value has no entries.
    #[must_use]
    pub fn entries(&self) -> &[(String, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The keys of a map, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries().iter().map(|(key, _)| key.as_str())
    }

    /// The items of a list. Any other value is a list of one.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { std::slice::from_ref(self) }
    }

    /// A text without a tag.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.tagged(None)
    }

    /// The text behind a tag: `Stage` of `!Ref Stage`.
    #[must_use]
    pub fn behind(&self, tag: &str) -> Option<&str> {
        self.tagged(Some(tag))
    }

    /// A whole number without a tag.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        if let (None, Value::Number(number)) = (&self.tag, &self.value) { Some(*number) } else { None }
    }

    /// Whether it is exactly `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.tag.is_none() && self.value == Value::Bool(true)
    }

    /// All texts in it, at any depth, keys not included.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::Text(text) => vec![text],
            Value::List(items) => items.iter().flat_map(Self::texts).collect(),
            Value::Map(entries) => entries.iter().flat_map(|(_, value)| value.texts()).collect(),
            Value::Nothing | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }

    fn tagged(&self, tag: Option<&str>) -> Option<&str> {
        match &self.value {
            Value::Text(text) if self.tag.as_deref() == tag => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(value, tag) = Tagged::deserialize(deserializer)?;
        Ok(Self { tag, value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a template")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Number).map_err(E::custom)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

#[test]
fn tags_and_order_survive_reading() {
    let node =
        Node::parse("z: !Ref Stage\na: [!GetAtt Media.Arn, !Sub \"${Media}/*\", N, 7, true, \"false\"]\nb: !If [A, 1]");
    assert_eq!(node.keys().collect::<Vec<_>>(), ["z", "a", "b"]);
    assert_eq!(node.at(&["z"]).and_then(|z| z.behind("!Ref")), Some("Stage"));
    let items = node.at(&["a"]).expect("the document has it").items();
    assert_eq!((items[0].behind("!GetAtt"), items[1].behind("!Sub")), (Some("Media.Arn"), Some("${Media}/*")));
    assert_eq!((items[2].text(), items[3].number(), items[4].is_true()), (Some("N"), Some(7), true));
    assert_eq!((items[5].text(), items[0].text()), (Some("false"), None));
    assert_eq!(node.at(&["b"]).map(|b| b.items().len()), Some(2));
}
