//! The tag of an advertising network, which the operator may configure.

use kernel::{Error, Result};

/// The value for "there is none", because an environment variable cannot be empty.
const NONE: &str = "none";

/// How the address of a tag begins: encrypted, or on this machine, which is the network of the local platform.
const SAFE: [&str; 2] = ["https://", "http://localhost:"];

/// The places of the event and of its value, which the address of a tag must have.
const PLACES: [&str; 2] = ["{event}", "{value}"];

/// A tag: a picture, whose address tells an event and its value.
#[derive(Debug)]
pub(crate) struct AdvertisingTag {
    url: String,
}

impl AdvertisingTag {
    /// Reads the address of a tag, or `none`.
    ///
    /// # Errors
    /// `internal` for an address that is not encrypted, would break the content policy, or lacks a place.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>> {
        if text == NONE {
            return Ok(None);
        }
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b";,'\"\\".contains(&byte));
        let is_safe = SAFE.iter().any(|begin| text.starts_with(begin));
        if !is_safe || !is_plain || PLACES.iter().any(|place| !text.contains(place)) {
            return Err(Error::internal("ADVERTISING_TAG must be none, or an https address with {event} and {value}"));
        }
        Ok(Some(Self { url: text.to_owned() }))
    }

    /// The address, with its places.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The origin, which the content policy allows.
    pub(crate) fn origin(&self) -> &str {
        origin(&self.url)
    }
}

/// The origin of a URL.
pub(crate) fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + "://".len());
    url[host..].find(['/', '?']).map_or(url, |path| &url[..host + path])
}
