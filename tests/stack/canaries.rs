//! Canaries: unique texts that show where data of a person is stored, in any encoding.

use crate::scanner::{ScannedStore, Thing};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE};
use kernel::sha256_hex;
use std::collections::{BTreeMap, BTreeSet};

/// One text, and its possible forms in a store.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The data that it stands for.
    pub what: &'static str,
    /// The forms in lower case, compared with contents in lower case.
    folded: Vec<String>,
    /// The forms whose case matters.
    exact: Vec<String>,
}

impl Canary {
    /// A canary for a text. Its forms are the text in any case, in hexadecimal and in base64, and its
    /// SHA-256.
    pub fn new(what: &'static str, text: &str) -> Self {
        assert!(text.len() >= 11, "{text} is too short to be unique in base64");
        let sha256 = sha256_hex(text.as_bytes());
        let exact = (0..3).flat_map(|offset| [false, true].map(|url_safe| base64(text, offset, url_safe)));
        Self { what, folded: vec![text.to_lowercase(), hex::encode(text), sha256], exact: exact.collect() }
    }

    /// Adds a text that is derived from it.
    #[must_use]
    pub fn or(mut self, text: &str) -> Self {
        self.folded.push(text.to_lowercase());
        self
    }

    fn is_in(&self, thing: &Thing) -> bool {
        let content = thing.text();
        let folded = content.to_lowercase();
        self.folded.iter().any(|form| folded.contains(form)) || self.exact.iter().any(|form| content.contains(form))
    }
}

/// The items in which each canary was found, by its data.
pub fn sightings<'a>(things: &'a [Thing], canaries: &[Canary]) -> BTreeMap<&'static str, Vec<&'a Thing>> {
    let seen = |canary: &Canary| things.iter().filter(|thing| canary.is_in(thing)).collect();
    canaries.iter().map(|canary| (canary.what, seen(canary))).collect()
}

/// The kinds of stores in which each canary was found.
pub fn stores(things: &[Thing], canaries: &[Canary]) -> BTreeMap<&'static str, BTreeSet<ScannedStore>> {
    let stores = |things: Vec<&Thing>| things.iter().map(|thing| thing.store).collect();
    sightings(things, canaries).into_iter().map(|(what, things)| (what, stores(things))).collect()
}

/// The characters of base64 that depend on `text` alone, when it begins `offset` bytes into a group
/// of three.
fn base64(text: &str, offset: usize, url_safe: bool) -> String {
    let bytes = [&[0; 2][..offset], text.as_bytes()].concat();
    let encoded = if url_safe { BASE64_URL_SAFE.encode(&bytes) } else { BASE64_STANDARD.encode(&bytes) };
    encoded[(offset * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()
}

#[test]
fn a_canary_is_recognised_in_every_form() {
    let text = "Canary-1f?>-Name";
    let canary = Canary::new("name", text).or("A family");
    let forms = [
        format!("... {text} ..."),
        format!("x{}x", text.to_uppercase()),
        hex::encode(text),
        sha256_hex(text.as_bytes()),
        "one of a FAMILY".to_owned(),
    ];
    let in_base64 = (0..9).flat_map(|before| {
        let whole = format!("{}{text}{}", "x".repeat(before), "y".repeat(9 - before));
        [BASE64_STANDARD.encode(&whole), BASE64_URL_SAFE.encode(&whole)]
    });
    let thing = |content: String| Thing { store: ScannedStore::Log, place: "log".to_owned(), content: content.into() };
    for form in forms.into_iter().chain(in_base64) {
        assert!(canary.is_in(&thing(form.clone())), "{form} must be recognised");
    }
    for other in ["", "Canary-2f?>-Name", "one of another family"] {
        assert!(!canary.is_in(&thing(other.to_owned())), "{other} is another one");
    }
}
