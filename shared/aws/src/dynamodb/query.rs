//! Queries: a range of a partition, read page by page.

use crate::{
    dynamodb::{
        client::Dynamo,
        condition::Placeholders,
        item::{Item, key, read, text},
        page::{Cursor, Page},
    },
    failure::failed,
};
use aws_sdk_dynamodb::types::AttributeValue;
use kernel::Result;
use serde::de::DeserializeOwned;

/// The sort keys that a query reads.
#[derive(Debug, Clone)]
enum Range {
    Everything,
    Prefix(String),
    Between(String, String),
}

impl Range {
    fn has(&self, key: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
            Self::Between(first, last) => (first.as_str()..=last.as_str()).contains(&key),
        }
    }
}

/// A query over one partition of a table, or of an index.
#[derive(Debug, Clone)]
pub struct Query {
    db: Dynamo,
    table: String,
    pk: String,
    range: Range,
    index: Option<Index>,
    descending: bool,
    limit: Option<u32>,
    after: Option<Item>,
}

#[derive(Debug, Clone)]
struct Index {
    name: &'static str,
    hash: &'static str,
    range: &'static str,
    at_most: i64,
}

impl Query {
    pub(crate) fn new(db: Dynamo, table: String, pk: &str) -> Self {
        let pk = pk.to_owned();
        Self { db, table, pk, range: Range::Everything, index: None, descending: false, limit: None, after: None }
    }

    /// Restricts the query to sort keys that start with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.range = Range::Prefix(prefix.into());
        self
    }

    /// Restricts the query to sort keys from `first` to `last`, both included.
    #[must_use]
    pub fn between(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.range = Range::Between(first.into(), last.into());
        self
    }

    /// Reads an index whose range key is a number, up to `at_most`. The index lags behind the
    /// table, so a caller that acts on an item must make its write conditional.
    #[must_use]
    pub fn index(mut self, name: &'static str, hash: &'static str, range: &'static str, at_most: i64) -> Self {
        self.index = Some(Index { name, hash, range, at_most });
        self
    }

    /// Reads the largest sort key first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Restricts a page to `limit` items.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Continues after the previous page.
    #[must_use]
    pub fn after(mut self, cursor: Option<&Cursor>) -> Self {
        self.after = cursor.map(|cursor| key(&self.pk, &cursor.0));
        self
    }

    /// Reads one page in one request. A page may have fewer items than the limit, even none,
    /// although the list continues.
    ///
    /// # Errors
    /// `invalid` when the cursor belongs to another list; `unavailable` when AWS does not
    /// answer; `internal` when an item does not parse.
    pub async fn page<T: DeserializeOwned>(self) -> Result<Page<T>> {
        let Page { items, next } = self.items().await?;
        Ok(Page { items: items.into_iter().map(read).collect::<Result<_>>()?, next })
    }

    /// Reads one page without parsing its items, for a range with items of several kinds.
    ///
    /// # Errors
    /// `invalid` when the cursor belongs to another list; `unavailable` when AWS does not
    /// answer.
    pub async fn items(self) -> Result<Page<Item>> {
        // DynamoDB refuses a start key outside the range as a malformed request.
        if self.after.as_ref().and_then(sort_key).is_some_and(|key| !self.range.has(key)) {
            return Err(Cursor::refused());
        }
        let (items, last) = self.send().await?;
        let next = last.as_ref().and_then(sort_key).map(|key| Cursor(key.to_owned()));
        Ok(Page { items, next })
    }

    /// Reads all items, in as many requests as necessary.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when an item does not parse.
    pub async fn all<T: DeserializeOwned>(mut self) -> Result<Vec<T>> {
        let mut found = Vec::new();
        loop {
            let (items, last) = self.send().await?;
            for item in items {
                found.push(read(item)?);
            }
            match last {
                Some(last) => self.after = Some(last),
                None => return Ok(found),
            }
        }
    }

    async fn send(&self) -> Result<(Vec<Item>, Option<Item>)> {
        let mut placeholders = Placeholders::default();
        let hash = self.index.as_ref().map_or("pk", |index| index.hash);
        let mut keys =
            format!("{} = {}", placeholders.name(hash), placeholders.value(AttributeValue::S(self.pk.clone())));
        if let Some(index) = &self.index {
            let (name, value) = (placeholders.name(index.range), AttributeValue::N(index.at_most.to_string()));
            keys = format!("{keys} AND {name} <= {}", placeholders.value(value));
        }
        match &self.range {
            Range::Everything => {}
            Range::Prefix(prefix) => {
                let (name, value) = (placeholders.name("sk"), AttributeValue::S(prefix.clone()));
                keys = format!("{keys} AND begins_with({name}, {})", placeholders.value(value));
            }
            Range::Between(first, last) => {
                let name = placeholders.name("sk");
                let first = placeholders.value(AttributeValue::S(first.clone()));
                let last = placeholders.value(AttributeValue::S(last.clone()));
                keys = format!("{keys} AND {name} BETWEEN {first} AND {last}");
            }
        }
        let (names, values) = placeholders.done();
        let query = self
            .db
            .client()
            .query()
            .table_name(&self.table)
            .set_index_name(self.index.as_ref().map(|index| index.name.to_owned()))
            .key_condition_expression(keys)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .consistent_read(self.index.is_none())
            .scan_index_forward(!self.descending)
            .set_limit(self.limit.and_then(|limit| i32::try_from(limit).ok()))
            .set_exclusive_start_key(self.after.clone());
        let answer = query.send().await.map_err(|error| failed("Query", error))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}

fn sort_key(key: &Item) -> Option<&str> {
    text(key, "sk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_includes_both_ends() {
        let between = Range::Between("0".to_owned(), "g".to_owned());
        for (range, key, inside) in [
            (&between, "0", true),
            (&between, "01929e6b-6c00-7000-8000-0123456789ab", true),
            (&between, "g", true),
            (&between, "request#1", false),
            (&between, "{}", false),
            (&Range::Prefix("entry#".to_owned()), "entry#1", true),
            (&Range::Prefix("entry#".to_owned()), "balance", false),
            (&Range::Everything, "", true),
        ] {
            assert_eq!(range.has(key), inside, "{range:?} {key}");
        }
    }
}
