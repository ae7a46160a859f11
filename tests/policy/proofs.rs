//! Tests that prove something, named as `path/of/file.rs::name_of_test`.

use crate::tree;

/// The fault of a test's name: no such file, no such test, or a test that is switched off.
pub(crate) fn problem(test: &str) -> Option<String> {
    let Some((path, name)) = test.split_once("::") else {
        return Some(format!("`{test}` must be path/of/file.rs::name_of_test"));
    };
    let Some(text) = tree::find(path) else { return Some(format!("there is no file {path}")) };
    let code = tree::code(&text);
    let lines: Vec<_> = code.lines().map(str::trim).collect();
    let declares = |line: &str| {
        let line = line.trim_start_matches("pub ").trim_start_matches("async ");
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let Some(at) = lines.iter().position(|line: &&str| declares(line)) else {
        return Some(format!("{path} has no test {name}"));
    };
    let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.is_empty());
    let attributes: String = attributes.copied().collect();
    if attributes.contains("ignore") {
        return Some(format!("{test} is ignored, and proves nothing"));
    }
    (!attributes.contains("test")).then(|| format!("{test} is no test"))
}
