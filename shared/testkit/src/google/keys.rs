//! The keys that sign Google's tokens.

use local::fakes::RsaKey;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The number of keys among which the world's Google rotates.
const ROTATING: usize = 3;

static KEYS: [OnceLock<RsaKey>; ROTATING + 1] = [const { OnceLock::new() }; ROTATING + 1];

/// The key that Google signs with after this many rotations.
pub(super) fn current(rotations: usize) -> &'static RsaKey {
    key(rotations % ROTATING)
}

/// A key that is not Google's.
pub(super) fn strangers() -> &'static RsaKey {
    key(ROTATING)
}

/// The keys that Google publishes: the current one, and the one before.
pub(super) fn key_set(rotations: usize) -> Value {
    let keys = [Some(rotations), rotations.checked_sub(1)].into_iter().flatten().map(current).map(RsaKey::published);
    json!({ "keys": keys.collect::<Vec<_>>() })
}

fn key(index: usize) -> &'static RsaKey {
    KEYS[index].get_or_init(|| RsaKey::of(&format!("google {index}")))
}
