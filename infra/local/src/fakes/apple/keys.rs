//! The keys that sign ID tokens and notifications.

use crate::fakes::sign_in::rsa::RsaKey;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The number of keys among which the fake rotates.
const ROTATING: usize = 4;

static KEYS: [OnceLock<RsaKey>; ROTATING + 1] = [const { OnceLock::new() }; ROTATING + 1];

/// The key that Apple signs with after this many rotations.
pub(super) fn current(rotations: usize) -> &'static RsaKey {
    key((rotations + 1) % ROTATING)
}

/// The key before: it is still published, and tokens that it signed are still right.
fn previous(rotations: usize) -> &'static RsaKey {
    key(rotations % ROTATING)
}

/// A key that is not Apple's.
pub(super) fn strangers() -> &'static RsaKey {
    key(ROTATING)
}

/// The keys that Apple publishes.
pub(super) fn key_set(rotations: usize) -> Value {
    json!({ "keys": [previous(rotations).published(), current(rotations).published()] })
}

fn key(index: usize) -> &'static RsaKey {
    KEYS[index].get_or_init(|| RsaKey::of(&format!("apple {index}")))
}
