//! Uploads and input pictures: the slots of an account, the pictures of a request, and their
//! form in a job.

pub(crate) mod encode;
pub(crate) mod form;
pub(crate) mod resolve;
pub(crate) mod slot;
