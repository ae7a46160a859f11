//! Imports go downwards: the files of a crate form no circle, and each file imports from the
//! file that defines the item.
//!
//! The rule covers every crate of ours, test programs included: all files below the folder of
//! the root file. Circles are looked for without `#[cfg(test)]` items, without files named
//! `tests.rs` and without files below a folder `tests/`: a test may use whatever its crate has.
//! The rule that each file imports from the file that defines the item holds for tests too.
//!
//! - A `use` declaration is an edge from its file to the file that defines the imported item.
//!   So is a path in the code that begins with `crate::`, `super::`, a child module or an
//!   imported module.
//! - A `pub use` (also `pub(crate) use`) in a crate root or in a module that has files of its
//!   own is a re-export and no edge. A private `use` there is an edge: a parent that uses its
//!   child while the child uses items of the parent is a circle.
//! - A file inside a module must not import through the `use` declarations of that module.
//!   Every file lies inside the crate root, so `use crate::Thing` is a finding when `lib.rs`
//!   only re-exports `Thing`. A file outside a module may use its re-exports; the edge goes
//!   to the file that defines the item.
//!
//! The test does not see calls of methods, because they name no path.

mod resolve;
mod scan;

use crate::{assert_found, assert_none, tree};
use resolve::{Crate, Detour};
use scan::{Files, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// The folders of crates whose root file does not lie in a folder `src`.
const TEST_TARGETS: [&str; 5] = ["tests/browser", "tests/functions", "tests/policy", "tests/simulation", "tests/stack"];

#[test]
fn the_files_of_a_crate_import_in_no_circle() {
    let crates = crates();
    assert!(crates.len() > 10, "the workspace has more crates than {:?}", crates.keys());
    assert_none(crates.iter().flat_map(|(folder, files)| circles(folder, files)).collect());
}

#[test]
fn a_file_imports_from_the_module_that_defines_the_item() {
    assert_none(crates().iter().flat_map(|(folder, files)| detours(folder, files)).collect());
}

/// The crates of the workspace: the folder of the root file, and the files below it.
fn crates() -> BTreeMap<String, Files> {
    let mut crates: BTreeMap<String, Files> = BTreeMap::new();
    for path in tree::files("rs") {
        let target =
            TEST_TARGETS.iter().find_map(|folder| Some((*folder, path.strip_prefix(folder)?.strip_prefix('/')?)));
        let Some((folder, file)) =
            target.or_else(|| Some((&path[..path.find("/src/")? + 4], path.split_once("/src/")?.1)))
        else {
            continue;
        };
        if ["shared/", "functions/", "infra/", "tests/"].iter().any(|ours| folder.starts_with(ours)) {
            crates.entry(folder.to_owned()).or_default().insert(file.to_owned(), tree::read(&path));
        }
    }
    crates
}

/// One finding for each circle: all its files, and for each edge in it the imported names.
fn circles(folder: &str, files: &Files) -> Vec<String> {
    let edges = Crate::read(files, Scope::WithoutTests).imports().edges;
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges.keys().map(|(from, _)| (*from, reach(from, &edges))).collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains(to));
    let rings: BTreeSet<Vec<&str>> = reached
        .keys()
        .filter(|file| reaches(file, file))
        .map(|file| reached.keys().filter(|other| reaches(file, other) && reaches(other, file)).copied().collect())
        .collect();
    let describe = |ring: Vec<&str>| {
        let inside = edges.iter().filter(|((from, to), _)| ring.contains(from) && ring.contains(to));
        let edges: Vec<_> = inside.map(|((from, to), names)| format!("    {from} → {to} ({})", join(names))).collect();
        let files = ring.join(", ");
        format!("{folder}: {} files import each other in a circle: {files}\n{}", ring.len(), edges.join("\n"))
    };
    rings.into_iter().map(describe).collect()
}

/// The files that can be reached from `start` over one or more edges.
fn reach<'a>(start: &'a str, edges: &BTreeMap<(&'a str, &'a str), BTreeSet<String>>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(file) = open.pop() {
        let next = edges.keys().filter(|(from, _)| *from == file).map(|(_, to)| *to);
        open.extend(next.filter(|to| found.insert(*to)));
    }
    found
}

/// One finding for each import through a module that holds the importing file.
fn detours(folder: &str, files: &Files) -> Vec<String> {
    let describe = |Detour { file, through, path, defined }: Detour<'_>| {
        let defined = defined.unwrap_or("its own crate");
        format!("{folder}/{file} imports through {through}; import {path} from {defined}")
    };
    Crate::read(files, Scope::WithTests).imports().detours.into_iter().map(describe).collect()
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_of(files: &[(&str, &str)]) -> Files {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_circle_is_found_with_all_its_files() {
        let files = files_of(&[
            ("lib.rs", "mod a; mod b; mod c; mod d; pub use a::A;"),
            ("a.rs", "use crate::{b::{self, B}, d::D}; pub struct A; fn f() { b::g() }"),
            ("b/mod.rs", "use super::c; pub struct B; fn f() -> c::C {}"),
            ("c.rs", "pub struct C; fn f() -> &'static crate::a::A { '{' }"),
            ("d.rs", "pub struct D;"),
        ]);
        let found = circles("made/up/src", &files);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_found(&found, "made/up/src: 3 files import each other in a circle: a.rs, b/mod.rs, c.rs\n");
        assert_found(&found, "a.rs → b/mod.rs (B, g)");
        assert_found(&found, "c.rs → a.rs (A)");
    }

    #[test]
    fn a_parent_and_its_child_form_a_circle() {
        let parent = |import: &str| {
            files_of(&[
                ("lib.rs", "pub mod room;"),
                ("room/mod.rs", &format!("mod slot; {import} slot::Slot; pub struct Width;")),
                ("room/slot.rs", "use super::Width; pub struct Slot(Width);"),
            ])
        };
        assert_found(&circles("made/up/src", &parent("use")), "room/mod.rs, room/slot.rs");
        assert_none(circles("made/up/src", &parent("pub(crate) use")));
    }

    #[test]
    fn a_re_export_is_followed_to_the_file_that_defines_the_item() {
        let files = files_of(&[
            ("lib.rs", "mod room; mod user;"),
            ("room.rs", "mod slot; pub use slot::{Slot as Place};"),
            ("room/slot.rs", "use crate::user::User; pub struct Slot;"),
            ("user.rs", "use crate::room::Place; pub struct User;"),
        ]);
        assert_found(&circles("made/up/src", &files), "room/slot.rs, user.rs\n");
        assert_none(detours("made/up/src", &files));
    }

    #[test]
    fn code_of_tests_forms_no_circle_and_imports_from_the_defining_file() {
        let files = files_of(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod fixtures;"),
            ("a.rs", "pub struct A; #[cfg(test)] #[allow(x)] mod tests { use crate::b::B; }\n// crate::b::B\n"),
            ("b.rs", "use crate::a::A; pub struct B;"),
            ("a/tests.rs", "use crate::b::B;"),
            ("fixtures.rs", "use crate::b::B;"),
        ]);
        assert_none(circles("made/up/src", &files));
        assert_none(detours("made/up/src", &files));
        let files = files_of(&[
            ("lib.rs", "mod a; mod b; mod c; pub use b::B; #[cfg(test)] mod fixtures;"),
            ("a.rs", "use crate::b::B; pub struct A; #[cfg(test)] mod tests;"),
            ("b.rs", "pub struct B;"),
            ("a/tests.rs", "use super::B;"),
            ("c.rs", "pub struct C; #[cfg(test)] mod tests { use super::*; use crate::B; }"),
            ("fixtures.rs", "use crate::B;"),
        ]);
        let found = detours("made/up/src", &files);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert_found(&found, "c.rs imports through lib.rs; import crate::B from b.rs");
        assert_found(&found, "a/tests.rs imports through a.rs; import super::B from b.rs");
        assert_found(&found, "fixtures.rs imports through lib.rs; import crate::B from b.rs");
    }

    #[test]
    fn an_import_through_the_crate_root_or_the_own_module_is_found() {
        let files = files_of(&[
            ("lib.rs", "mod a; mod room; pub use a::{A, Other}; pub use http::StatusCode; pub const HERE: u8 = 1;"),
            ("a.rs", "pub struct A; pub struct Other;"),
            ("room/mod.rs", "pub mod slot; use crate::a::A; pub use slot::Slot;"),
            ("room/slot.rs", "use crate::{HERE, Other}; use super::A; pub struct Slot;"),
            ("room/user.rs", "fn f() -> crate::StatusCode { super::Slot }"),
        ]);
        let found = detours("made/up/src", &files);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert_found(&found, "room/slot.rs imports through lib.rs; import crate::Other from a.rs");
        assert_found(&found, "room/slot.rs imports through room/mod.rs; import super::A from a.rs");
        assert_found(&found, "room/user.rs imports through lib.rs; import crate::StatusCode from its own crate");
        assert_found(&found, "room/user.rs imports through room/mod.rs; import super::Slot from room/slot.rs");
    }
}
