//! Scans: a whole table, read page by page. Only operators' commands scan: the cost of a scan grows
//! with the table, not with the items that its filter leaves.

use crate::{
    dynamodb::{
        condition::{Condition, Placeholders},
        item::{Item, read},
        table::Table,
    },
    failure::failed,
};
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use kernel::Result;
use serde::de::DeserializeOwned;

/// The progress and the cost of a scan so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScanProgress {
    /// The pages that were read, of at most 1 MB each.
    pub pages: u64,
    /// The items that were read.
    pub read: u64,
    /// The items that the filter left.
    pub found: u64,
    /// The read units that AWS counted. Zero if the platform counts none.
    pub units: f64,
}

/// A scan of one table.
#[derive(Debug, Clone)]
pub struct Scan {
    table: Table,
    filter: Condition,
    attributes: Vec<&'static str>,
}

impl Table {
    /// Scans the table for the items that fulfil `filter`. Each item has only these attributes.
    #[must_use]
    pub fn scan(&self, filter: Condition, attributes: &[&'static str]) -> Scan {
        Scan { table: self.clone(), filter, attributes: attributes.to_vec() }
    }
}

impl Scan {
    /// Reads all items, and calls `progress` after each page. The reads are eventually consistent,
    /// which halves the cost.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when an item does not parse.
    pub async fn all<T: DeserializeOwned>(self, mut progress: impl FnMut(&ScanProgress)) -> Result<Vec<T>> {
        let (mut found, mut so_far, mut after) = (Vec::new(), ScanProgress::default(), None);
        loop {
            let (items, last, page) = self.page(after).await?;
            so_far.pages += 1;
            so_far.read += page.read;
            so_far.found += items.len() as u64;
            so_far.units += page.units;
            progress(&so_far);
            for item in items {
                found.push(read(item)?);
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(found),
            }
        }
    }

    async fn page(&self, after: Option<Item>) -> Result<(Vec<Item>, Option<Item>, ScanProgress)> {
        let mut placeholders = Placeholders::default();
        let filter = placeholders.condition(self.filter.clone());
        let attributes: Vec<String> = self.attributes.iter().map(|name| placeholders.name(name)).collect();
        let (names, values) = placeholders.done();
        let scan = self.table.db().client().scan().table_name(self.table.name());
        let scan = scan
            .filter_expression(filter)
            .projection_expression(attributes.join(", "))
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(after);
        let answer = scan.send().await.map_err(|error| failed("Scan", error))?;
        let page = ScanProgress {
            pages: 1,
            read: u64::try_from(answer.scanned_count).unwrap_or_default(),
            found: 0,
            units: answer.consumed_capacity.and_then(|used| used.capacity_units).unwrap_or_default(),
        };
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.filter(|key| !key.is_empty()), page))
    }
}
