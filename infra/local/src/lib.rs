//! To be written.
pub mod fakes;
