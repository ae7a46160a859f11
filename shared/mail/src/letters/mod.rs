//! Letters: what a mail says, as text and as HTML, and what surrounds it.

mod cases;
pub(crate) mod compose;
mod deletions;
pub(crate) mod letter;
mod palette;
mod people;
mod product;
pub(crate) mod sender;
#[cfg(test)]
mod tests;
mod time;
pub(crate) mod words;
