//! The measured programs: building them, running them, and reading their use of resources.

pub mod build;
mod emulator;
pub mod process;
pub mod quota;
pub mod usage;
