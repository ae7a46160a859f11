//! Calls outside: the faults that hit them, the process that makes them, the journal of
//! them, and the answers of the JSON services.

pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod process;
pub(crate) mod response;
