//! The report: the table, its statistics, and the machine.

pub mod machine;
pub mod statistics;
pub mod table;
