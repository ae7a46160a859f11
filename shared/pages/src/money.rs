//! The pages about money: the packs on sale, and the credits that a person has bought and spent.

pub mod billing;
pub mod plans;
pub(crate) mod prices;
