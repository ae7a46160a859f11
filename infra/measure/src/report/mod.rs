//! The report: the table, its statistics, and the machine.

pub mod machine;
mod statistics;
pub mod table;
