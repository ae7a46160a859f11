//! The store: rows of mails in DynamoDB.

pub(crate) mod mail_store;
mod names;
pub(crate) mod personal;
#[cfg(test)]
mod tests;
