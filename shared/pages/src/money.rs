//! What costs money: the packs on sale, and what a person has bought and spent.

pub mod billing;
pub mod plans;
pub(crate) mod prices;
