//! Judging a mail.

pub(crate) mod automatic;
pub(crate) mod judgement;
pub(crate) mod receipt;
pub(crate) mod rules;
pub(crate) mod strength;
