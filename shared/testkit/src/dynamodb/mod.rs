//! DynamoDB: a real engine behind the wire protocol of the SDK.

mod batch;
pub(crate) mod engine;
#[cfg(test)]
mod refusals;
pub(crate) mod request;
pub(crate) mod tables;
#[cfg(test)]
pub(crate) mod tests;
