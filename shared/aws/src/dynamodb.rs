//! DynamoDB: items, conditions, reads and writes. Transactions are in [`crate::transact()`].

pub(crate) mod batch;
pub(crate) mod client;
pub(crate) mod condition;
pub(crate) mod count;
pub(crate) mod item;
pub(crate) mod key;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod scan;
pub(crate) mod table;
pub(crate) mod write;
