//! Counters: numbers that many writers increase without reading them.

use crate::{
    dynamodb::{item::Item, table::Table},
    failure::failed,
};
use aws_sdk_dynamodb::{
    config::Config,
    types::{AttributeValue, ReturnValue},
};
use aws_smithy_types::retry::RetryConfig;
use kernel::Result;

impl Table {
    /// Adds to numbers of an item, which may be negative, and sets its expiry (seconds since 1970). Creates the item if it
    /// does not exist, so counters never belong to an account. Returns the item after the
    /// addition.
    ///
    /// One request, which is never sent again. So the addition happens at most once. After an
    /// error it may have happened or not.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. The addition may have happened.
    pub async fn count(&self, pk: &str, sk: &str, add: &[(&'static str, i64)], expires_at: i64) -> Result<Item> {
        let mut update = self.db().client().update_item().table_name(self.name());
        update = update.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
        let mut sums = Vec::new();
        for (n, (name, number)) in add.iter().enumerate() {
            sums.push(format!("#{n} :{n}"));
            update = update.expression_attribute_names(format!("#{n}"), *name);
            update = update.expression_attribute_values(format!(":{n}"), AttributeValue::N(number.to_string()));
        }
        let update = update
            .update_expression(format!("ADD {} SET #expires = :expires", sums.join(", ")))
            .expression_attribute_names("#expires", "expires_at")
            .expression_attribute_values(":expires", AttributeValue::N(expires_at.to_string()))
            .return_values(ReturnValue::AllNew);
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let answer = update.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| failed("UpdateItem", error))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}
