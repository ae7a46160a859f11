//! The words of a mail.

pub(crate) mod body;
pub(crate) mod fold;
pub(crate) mod kind;
pub(crate) mod phrases;
pub(crate) mod subject;
