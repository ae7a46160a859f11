//! The copy of a person's picture.
//!
//! The profile has the address that a partner gave, and what came of it. `copy` has the rules. `record` reads the
//! state and writes the next one, under the condition that it is still the one that was read. `wake` sends the
//! message to the function that does the work.

pub(crate) mod copy;
pub(crate) mod record;
pub(crate) mod wake;
