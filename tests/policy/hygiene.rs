//! The tree has no unfinished code and no test that is switched off.

use crate::{assert_none, tree};

/// The extensions of the files that we write: code, configuration and documents.
const WRITTEN: [&str; 10] = ["rs", "toml", "yaml", "yml", "md", "py", "js", "html", "css", "json"];

#[test]
fn no_unfinished_code_is_left() {
    // Written in two parts, so that the test does not find this file.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut findings = Vec::new();
    for (path, text) in tree::texts() {
        let extension = path.rsplit('.').next().unwrap_or_default();
        if !WRITTEN.contains(&extension) && path.contains('.') {
            continue;
        }
        for mark in marks.iter().filter(|mark| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == **mark)) {
            findings.push(format!("{path} says {mark}: do it, or write an issue"));
        }
        let macros = [concat!("to", "do!("), concat!("unimpl", "emented!(")];
        let code = if extension == "rs" { tree::bare_code(&text) } else { String::new() };
        findings.extend(macros.iter().filter(|it| code.contains(**it)).map(|it| format!("{path} calls {it})")));
    }
    assert_none(findings);
}

#[test]
fn no_test_is_switched_off() {
    let mut findings = Vec::new();
    for path in tree::files("rs") {
        let code: String = tree::bare_code(&tree::read(&path)).split_whitespace().collect();
        let off = ["#[ignore", ",ignore)]", "cfg(any())"].iter().filter(|off| code.contains(**off));
        findings.extend(off.map(|off| format!("{path} switches a test off with {off}: repair it or delete it")));
    }
    assert_none(findings);
}
