//! The seeds of the fuzz target, replayed without the fuzzer.

use inbound::{Limits, Unreadable, read};
use std::path::Path;

#[test]
fn the_seeds_of_the_fuzz_target_are_read_without_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let files = std::fs::read_dir(&folder).expect("fuzz/seeds is readable");
    let paths: Vec<_> = files.map(|file| file.expect("an entry is readable").path()).collect();
    assert!(paths.len() >= 20, "fuzz/seeds must keep its seeds");
    for path in paths {
        let raw = std::fs::read(&path).expect("a seed is readable");
        // Each beginning of a seed is one more, because parsers fail at ends.
        for end in 0..=raw.len() {
            let unreadable = read(&raw[..end], &Limits::default()).err();
            assert_ne!(unreadable, Some(Unreadable::Panic), "{} up to byte {end}", path.display());
        }
    }
}
