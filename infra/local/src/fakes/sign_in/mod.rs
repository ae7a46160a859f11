//! Parts that the partners of sign-in have in common.

pub(crate) mod answers;
pub(crate) mod jwt;
pub(crate) mod page;
pub(crate) mod parameters;
pub(crate) mod pkce;
pub(crate) mod rsa;
#[cfg(test)]
pub(crate) mod test_forms;
#[cfg(test)]
mod tests;
