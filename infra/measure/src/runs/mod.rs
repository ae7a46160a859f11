//! The measurements: their extent, their events, and their rounds.

pub mod bench;
pub mod effort;
pub mod events;
pub mod measured;
pub mod session_check;
