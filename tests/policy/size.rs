//! Folders, files and functions stay small enough to be read at once.

use crate::{assert_found, assert_none, tokens::tokens, tree};
use std::collections::BTreeMap;

/// Most Rust files directly in one folder of the code that is deployed.
const FOLDER_FILES: usize = 15;
/// Longest Rust file in lines.
const FILE_LINES: usize = 400;
/// Longest function in lines, signature and braces included. A text literal counts as one
/// line.
const FUNCTION_LINES: usize = 60;

#[test]
fn no_folder_has_too_many_files() {
    assert_none(full_folders(&tree::files("rs")));
}

#[test]
fn no_file_is_too_long() {
    assert_none(tree::files("rs").iter().filter_map(|path| long_file(path, &tree::read(path))).collect());
}

#[test]
fn no_function_is_too_long() {
    assert_none(tree::files("rs").iter().flat_map(|path| long_functions(path, &tree::read(path))).collect());
}

fn full_folders(files: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let deployed = |path: &&String| ["shared/", "functions/", "infra/"].iter().any(|ours| path.starts_with(ours));
    for (folder, _) in files.iter().filter(deployed).filter_map(|path| path.rsplit_once('/')) {
        *counts.entry(folder).or_default() += 1;
    }
    let full = counts.into_iter().filter(|(_, count)| *count > FOLDER_FILES);
    full.map(|(folder, count)| {
        format!("{folder} has {count} Rust files, more than {FOLDER_FILES}: put files of one concern into a folder")
    })
    .collect()
}

fn long_file(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let split = || format!("{path} has {lines} lines, more than {FILE_LINES}: split it by what it is about");
    (lines > FILE_LINES).then(split)
}

fn long_functions(path: &str, text: &str) -> Vec<String> {
    let code = tree::bare_code(text);
    let lines = code.lines().enumerate().flat_map(|(line, text)| tokens(text).into_iter().map(move |it| (line, it)));
    let (mut found, mut open, mut brackets, mut previous) = (Vec::new(), Vec::<Function<'_>>::new(), 0, "");
    for (line, token) in lines {
        match token {
            _ if previous == "fn" && token != "(" => {
                open.push(Function { name: token, first_line: line, brackets, has_body: false });
            }
            ";" => drop(open.pop_if(|function| !function.has_body && function.brackets == brackets)),
            "{" | "(" | "[" => {
                if let Some(function) = open.last_mut().filter(|it| token == "{" && it.brackets == brackets) {
                    function.has_body = true;
                }
                brackets += 1;
            }
            "}" | ")" | "]" => {
                brackets -= 1;
                if let Some(function) = open.pop_if(|it| token == "}" && it.has_body && it.brackets == brackets) {
                    found.extend(function.finding(path, line));
                }
            }
            _ => {}
        }
        previous = token;
    }
    found
}

/// A function whose end is not reached yet.
struct Function<'a> {
    name: &'a str,
    first_line: usize,
    /// How many brackets are open around it.
    brackets: usize,
    has_body: bool,
}

impl Function<'_> {
    fn finding(&self, path: &str, last_line: usize) -> Option<String> {
        let (name, lines) = (self.name, last_line - self.first_line + 1);
        let long = || format!("{path}: {name} has {lines} lines, more than {FUNCTION_LINES}: name its steps");
        (lines > FUNCTION_LINES).then(long)
    }
}

#[test]
fn a_full_folder_is_found() {
    let mut files: Vec<_> = (0..15).map(|number| format!("shared/made-up/src/file{number}.rs")).collect();
    files.push("shared/made-up/src/room/other.rs".to_owned());
    assert_none(full_folders(&files));
    files.push("shared/made-up/src/one_more.rs".to_owned());
    assert_found(&full_folders(&files), "shared/made-up/src has 16 Rust files");
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(long_file("made-up.rs", &"\n".repeat(400)), None);
    let found = long_file("made-up.rs", &"\n".repeat(401));
    assert_found(&found.into_iter().collect::<Vec<_>>(), "made-up.rs has 401 lines");
}

#[test]
fn a_long_function_is_found() {
    let function =
        |name: &str, lines: usize| format!("fn {name}(a: [u8; 2]) -> [u8; 2] {{{} a }}\n", "\n".repeat(lines - 1));
    let text = format!(
        "trait T {{ fn no_body(&self);\n{} }}\nimpl T for () {{ {}\n}} const F: fn() = f;\n{}",
        "\n".repeat(80),
        function("short", 60),
        function("long", 61)
    );
    let found = long_functions("made-up.rs", &text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_found(&found, "made-up.rs: long has 61 lines");
}
