//! A mock of AWS for the measured programs.

pub mod answers;
pub mod authority;
pub mod server;
