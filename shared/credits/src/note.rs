//! The note of an adjustment: [`kernel::Note`]. It is stored in the entry, so the export contains it.

pub use kernel::Note;
