//! Items of DynamoDB: their form, their keys, and how they are parsed.

use aws_sdk_dynamodb::types::AttributeValue;
use kernel::{Error, Result};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// An item: attribute values by attribute name.
pub type Item = HashMap<String, AttributeValue>;

/// Parses an item.
///
/// # Errors
/// `internal` when the item does not parse. The text names the field, not its value.
pub fn read<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(Error::internal)
}

/// The key of an item.
pub(crate) fn key(pk: &str, sk: &str) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(pk.into())), ("sk".to_owned(), AttributeValue::S(sk.into()))])
}

/// The text of an attribute, if the item has it.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
