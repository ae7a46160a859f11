//! Generations in DynamoDB.

mod personal;
pub(crate) mod table;
