//! The source tree: files, functions, and Rust code without its comments.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One function: a folder below `functions/<area>/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Its area.
    pub area: String,
    /// Its name: that of its package.
    pub name: String,
}

impl Function {
    /// Its folder, relative to the root.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("functions/{}/{}", self.area, self.name)
    }

    /// The text of its `src/lib.rs`.
    #[must_use]
    pub fn lib(&self) -> String {
        read(&format!("{}/src/lib.rs", self.folder()))
    }

    /// All its code, without comments and white space.
    #[must_use]
    pub fn dense_code(&self) -> String {
        let sources = files("rs").into_iter().filter(|path| path.starts_with(&format!("{}/src/", self.folder())));
        sources.map(|path| code(&read(&path))).collect::<String>().split_whitespace().collect()
    }
}

/// The root of the workspace.
///
/// # Panics
/// When this crate lies elsewhere.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/policy is two folders deep").to_owned()
}

/// The text of a file, by its path from the root.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path} must be readable: {error}"))
}

/// The text of a file that may be missing.
#[must_use]
pub fn find(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// The functions by area and name, which is the order of the folders.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn functions() -> Vec<Function> {
    let areas = folders("functions").into_iter();
    let functions = areas.flat_map(|area| {
        let names = folders(&format!("functions/{area}"));
        names.into_iter().map(move |name| Function { area: area.clone(), name })
    });
    let functions: Vec<_> = functions.collect();
    assert!(!functions.is_empty(), "functions/<area>/<function> must not be empty");
    functions
}

/// The names of the folders in a folder, sorted.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn folders(path: &str) -> Vec<String> {
    let (folders, _) = list(&root().join(path));
    folders.iter().map(|folder| name(folder)).collect()
}

/// The paths from the root of all files with this extension, sorted. An empty extension means
/// all files. Folders of builds (`target`) and of tools (`.git`, caches) are left out.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(extension: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let (folders, files) = list(folder);
        found.extend(files);
        let ours = |path: &PathBuf| !["target", ".git", "__pycache__", "node_modules"].contains(&name(path).as_str());
        folders.iter().filter(|path| ours(path)).for_each(|path| walk(path, found));
    }
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &mut found);
    let wanted = |path: &PathBuf| extension.is_empty() || path.extension().is_some_and(|this| this == extension);
    let relative = |path: PathBuf| path.strip_prefix(&root).map(|path| path.to_string_lossy().into_owned());
    let mut paths: Vec<_> = found.into_iter().filter(wanted).filter_map(|path| relative(path).ok()).collect();
    paths.sort();
    paths
}

/// All text files: path from the root and text.
pub fn texts() -> impl Iterator<Item = (String, String)> {
    files("").into_iter().filter_map(|path| find(&path).map(|text| (path, text)))
}

fn list(folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{} must be readable: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry is readable").path()).collect();
    paths.sort();
    paths.into_iter().partition(|path| path.is_dir())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Rust code without comments; strings stay.
#[must_use]
pub fn code(text: &str) -> String {
    strip(text, true)
}

/// Rust code without comments and without the contents of strings.
#[must_use]
pub fn bare_code(text: &str) -> String {
    strip(text, false)
}

fn strip(text: &str, keep_strings: bool) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        // Text in which no token of more than a character can begin.
        let (plain, begin) = rest.split_at(rest.find(BEGIN).unwrap_or(rest.len()));
        if !plain.is_empty() {
            out.push_str(plain);
            rest = begin;
            continue;
        }
        let token = token(rest, first);
        let (this, after) = rest.split_at(token.len());
        let is_comment = this.starts_with("//") || this.starts_with("/*");
        let is_string = this.len() > 1 && this.ends_with(['"', '#']) && this.contains('"');
        if is_comment {
            out.push(' ');
        } else if is_string && !keep_strings {
            out.push_str("\"\"");
        } else {
            out.push_str(this);
        }
        rest = after;
    }
    out
}

/// The characters with which a comment, a string or a character begins.
const BEGIN: [char; 4] = ['/', '"', 'r', '\''];

/// The comment, string, character or single character that `text` begins with.
fn token(text: &str, first: char) -> &str {
    let until = |end: Option<usize>| &text[..end.unwrap_or(text.len())];
    if text.starts_with("//") {
        return until(text.find('\n'));
    }
    if text.starts_with("/*") {
        return until(text.find("*/").map(|at| at + 2));
    }
    if first == '"' {
        return until(string_end(text));
    }
    if first == 'r' {
        let hashes = text[1..].chars().take_while(|c| *c == '#').count();
        if text[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            return until(text[2 + hashes..].find(&end).map(|at| 2 + hashes + at + end.len()));
        }
    }
    // A character, which may be a quotation mark; anything else after ' is a lifetime.
    if first == '\'' {
        let mut chars = text.char_indices().skip(1);
        match (chars.next(), chars.next()) {
            (Some((_, '\\')), Some((escaped, c))) => {
                return until(text[escaped + c.len_utf8()..].find('\'').map(|at| escaped + c.len_utf8() + at + 1));
            }
            (Some(_), Some((end, '\''))) => return &text[..=end],
            _ => {}
        }
    }
    &text[..first.len_utf8()]
}

fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 1)
}

/// The text literals of code without comments.
#[must_use]
pub fn literals(code: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(first) = rest.chars().next() {
        if !BEGIN.contains(&first) {
            rest = &rest[rest.find(BEGIN).unwrap_or(rest.len())..];
            continue;
        }
        let token = token(rest, first);
        if first == '"' && token.len() > 1 {
            found.push(&token[1..token.len() - 1]);
        }
        rest = &rest[token.len()..];
    }
    found
}

#[test]
fn comments_are_removed_and_strings_stay() {
    let text = "let a = \"// no \\\" comment\"; // gone\nlet b = '\"'; /* gone */ fn c<'a>() { r#\"\"raw\"#; '\\'' }";
    let code = code(text);
    assert!(!code.contains("gone") && code.contains("// no") && code.contains("\"raw"), "{code}");
    assert!(code.contains("fn c<'a>() {") && code.ends_with("'\\'' }"), "{code}");
    let bare = bare_code(text);
    assert!(!bare.contains("no") && !bare.contains("raw") && bare.contains("let b = '\"';"), "{bare}");
    assert_eq!(literals(&code), ["// no \\\" comment"]);
}
