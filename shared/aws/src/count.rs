//! Numbers that many writers add to without reading them.

use crate::{Item, Table, failure::failed};
use aws_sdk_dynamodb::{
    config::Config,
    types::{AttributeValue, ReturnValue},
};
use aws_smithy_types::retry::RetryConfig;
use kernel::Result;

impl Table {
    /// Adds to numbers of an item, and sets when it expires, in seconds. The first to add
    /// makes the item: what is counted so belongs to nobody. Answers the item as it is then.
    ///
    /// One request, which is not sent again when its answer is lost: so it counts once or, if
    /// that is not known, perhaps not at all, and never twice.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; it may have counted.
    pub async fn count(&self, pk: &str, sk: &str, add: &[(&'static str, u64)], expires_at: i64) -> Result<Item> {
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
