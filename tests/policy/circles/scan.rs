//! The modules of a file: the names that they define, their `use` declarations and the paths
//! in their code.

use crate::{
    tokens::{is_word, tokens},
    tree,
};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a crate by their path below the folder of its root file, and their text.
pub(super) type Files = BTreeMap<String, String>;

/// A file's root module or a module in braces.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Its path from the crate root; the root's is empty.
    pub(super) path: Vec<String>,
    /// The names of the items that are defined directly in it.
    pub(super) items: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// The paths of two or more segments in its code.
    pub(super) paths: Vec<Vec<String>>,
}

/// The code of a crate that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Without `#[cfg(test)]` items, and without the files of such modules.
    WithoutTests,
    /// All code.
    WithTests,
}

/// One name that a `use` declaration brings into scope.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) path: Vec<String>,
    /// The name in scope; `*` for all names of a module.
    pub(super) name: String,
    pub(super) is_public: bool,
}

/// The modules of a file, and the names of the modules that are declared for tests alone.
pub(super) fn scan(text: &str, path: &[String], scope: Scope) -> (Vec<Module>, Vec<String>) {
    let code = tree::bare_code(text);
    let (tokens, test_modules) = match scope {
        Scope::WithoutTests => without_tests(&tokens(&code)),
        Scope::WithTests => (tokens(&code), Vec::new()),
    };
    let (mut modules, mut scanner) = (Vec::new(), Scanner { tokens, at: 0 });
    scanner.module(path.to_vec(), &mut modules);
    (modules, test_modules)
}

/// The tokens without items under `#[cfg(test)]`, and the names of `#[cfg(test)] mod name;`.
fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<String>) {
    let (mut kept, mut modules, mut at) = (Vec::new(), Vec::new(), 0);
    while at < tokens.len() {
        if !tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        while tokens.get(at) == Some(&"#") {
            at = closing(tokens, at + 1) + 1;
        }
        let end = item_end(tokens, at);
        if let Some(["mod", name, ";"]) = tokens[at..end].last_chunk() {
            modules.push((*name).to_owned());
        }
        at = end;
    }
    (kept, modules)
}

/// The index of the bracket that closes the bracket at `open`.
fn closing(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0;
    let end = tokens[open..].iter().position(|token| {
        depth += change_of_depth(token);
        depth == 0
    });
    open + end.unwrap_or(tokens.len() - open - 1)
}

/// The index after the item that begins at `start`: after its `;` or its closing brace.
fn item_end(tokens: &[&str], start: usize) -> usize {
    let is_use = tokens[start..].iter().find(|token| ["use", "mod", "fn", "{"].contains(*token)) == Some(&"use");
    let mut depth = 0;
    let end = tokens[start..].iter().position(|token| {
        depth += change_of_depth(token);
        depth < 0 || depth == 0 && (*token == ";" || *token == "}" && !is_use)
    });
    start + end.map_or(tokens.len() - start, |end| end + 1)
}

fn change_of_depth(token: &str) -> i32 {
    match token {
        "{" | "(" | "[" => 1,
        "}" | ")" | "]" => -1,
        _ => 0,
    }
}

struct Scanner<'a> {
    tokens: Vec<&'a str>,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn before(&self, back: usize) -> &str {
        self.at.checked_sub(back).map_or("", |at| self.tokens[at])
    }

    /// Reads up to the closing brace of the module or to the end of the file.
    fn module(&mut self, path: Vec<String>, found: &mut Vec<Module>) {
        let (mut module, mut depth) = (Module { path, ..Module::default() }, 0);
        while self.at < self.tokens.len() {
            let token = self.tokens[self.at];
            if token == "}" && depth == 0 {
                break;
            }
            depth += change_of_depth(token);
            if depth == 0 && token == "mod" && self.peek(2) == "{" {
                let child = [module.path.as_slice(), &[self.peek(1).to_owned()]].concat();
                self.at += 3;
                self.module(child, found);
            } else if token == "use" && self.peek(1) != "<" {
                let is_public = depth == 0 && self.is_public();
                self.at += 1;
                self.use_tree(&[], is_public, &mut module.uses);
            } else if token.starts_with(is_word) {
                if depth == 0 {
                    self.define(token.to_owned(), &mut module.items);
                }
                module.paths.extend(self.path());
            }
            self.at += 1;
        }
        found.push(module);
    }

    /// Whether `pub` or `pub(…)` is before the current token.
    fn is_public(&self) -> bool {
        let opening = || self.tokens[..self.at].iter().rposition(|token| *token == "(").unwrap_or_default();
        self.before(1) == "pub"
            || self.before(1) == ")" && opening().checked_sub(1).map(|at| self.tokens[at]) == Some("pub")
    }

    fn define(&self, keyword: String, items: &mut BTreeSet<String>) {
        let name = match keyword.as_str() {
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "union" => self.peek(1),
            "static" if self.peek(1) == "mut" => self.peek(2),
            "static" => self.peek(1),
            "macro_rules" => self.peek(2),
            _ => return,
        };
        items.insert(name.to_owned());
    }

    /// The path that begins at the current token, which then is the path's last segment.
    fn path(&mut self) -> Option<Vec<String>> {
        let begins = !["::", "."].contains(&self.before(1));
        let is_visibility = self.before(1) == "in" && self.before(3) == "pub";
        let mut path = vec![self.peek(0).to_owned()];
        while self.peek(1) == "::" && self.peek(2).starts_with(is_word) {
            path.push(self.peek(2).to_owned());
            self.at += 2;
        }
        (begins && !is_visibility && path.len() > 1).then_some(path)
    }

    /// Reads one branch of a `use` declaration, up to the `;`, `,` or `}` after it.
    fn use_tree(&mut self, prefix: &[String], is_public: bool, found: &mut Vec<Use>) {
        let (mut path, mut name) = (prefix.to_vec(), None);
        loop {
            match self.peek(0) {
                "" | ";" | "," | "}" => break,
                "{" => {
                    while !["", "}"].contains(&self.peek(0)) {
                        self.at += 1;
                        self.use_tree(&path, is_public, found);
                    }
                    self.at += 1;
                    return;
                }
                "as" => {
                    name = Some(self.peek(1).to_owned());
                    self.at += 1;
                }
                "self" if !path.is_empty() => {}
                "::" => {}
                segment => path.push(segment.to_owned()),
            }
            self.at += 1;
        }
        // The last comma of a group may have no path after it.
        if path.len() > prefix.len() || self.before(1) == "self" || name.is_some() {
            let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
            found.push(Use { path, name, is_public });
        }
    }
}
