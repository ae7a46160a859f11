//! A model of SQS.

pub(crate) mod queues;
pub(crate) mod request;
