//! Reading a mail.

pub(crate) mod address;
pub(crate) mod decode;
pub(crate) mod head;
pub(crate) mod html;
pub(crate) mod message;
pub(crate) mod parts;
pub(crate) mod signature;
pub(crate) mod unreadable;
