//! Pictures that people send, and how a generation uses them.

pub(crate) mod resolve;
pub(crate) mod slot;
