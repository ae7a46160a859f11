//! The documents: the files and headings that they name exist, and paragraphs and lists are short.

use crate::{assert_found, assert_none, tree};
use std::path::{Component, Path, PathBuf};

/// Longest paragraph, list item or cell of a table, in characters. A longer one becomes a list, a table or a picture.
const PARAGRAPH_CHARS: usize = 400;
/// Longest README, in lines: three screens.
const README_LINES: usize = 120;
/// Most steps of a walkthrough.
const STEPS: usize = 12;

/// The folders at the beginning of a path from the root.
const TOP: [&str; 7] = ["functions/", "shared/", "infra/", "events/", "tests/", ".ci/", ".cargo/"];
/// The endings of files in the root.
const ENDINGS: [&str; 4] = [".toml", ".md", ".yaml", ".lock"];

/// Every document: path from the root and text.
fn documents() -> impl Iterator<Item = (String, String)> {
    tree::files("md").into_iter().map(|path| (path.clone(), tree::read(&path)))
}

/// A paragraph, a list item or a heading of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    /// The line that it begins in, counted from 1.
    line: usize,
    text: String,
}

/// Whether a line begins a new block: a list item, a heading or a row of a table.
fn begins_anew(line: &str) -> bool {
    let line = line.trim_start();
    let is_numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    is_numbered || ["- ", "* ", "#", "|"].iter().any(|start| line.starts_with(start))
}

/// The paragraphs, list items and headings, without tables and blocks of code.
fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut in_code, mut goes_on) = (Vec::<Block>::new(), false, false);
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            (in_code, goes_on) = (!in_code, false);
            continue;
        }
        if in_code || line.trim().is_empty() || line.trim_start().starts_with('|') {
            goes_on = false;
            continue;
        }
        match blocks.last_mut().filter(|_| goes_on && !begins_anew(line)) {
            Some(last) => last.text = format!("{} {}", last.text, line.trim()),
            None => blocks.push(Block { line: number, text: line.trim().to_owned() }),
        }
        goes_on = true;
    }
    blocks
}

/// The cells of the tables, each as a block.
fn cells(text: &str) -> Vec<Block> {
    let rows = (1..).zip(text.lines()).scan(false, |in_code, (line, row)| {
        *in_code ^= row.trim_start().starts_with("```");
        Some((line, row.trim(), *in_code))
    });
    let rows = rows.filter(|(_, row, in_code)| row.starts_with('|') && !in_code);
    rows.flat_map(|(line, row, _)| row.split('|').map(move |cell| Block { line, text: cell.trim().to_owned() }))
        .collect()
}

/// The text without its blocks of code.
fn prose(text: &str) -> String {
    let mut in_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The word in backticks, if it is a path: `shared/aws/src/https.rs`, `Cargo.toml`.
fn path(word: &str) -> Option<&str> {
    let is_plain = !word.contains(['<', '>', '*', '{', '}', ' ', '$', '…', ':']);
    let is_below = TOP.iter().any(|top| word.starts_with(top));
    let is_root = !word.contains('/') && ENDINGS.iter().any(|ending| word.ends_with(ending));
    (is_plain && (is_below || is_root)).then_some(word)
}

/// Words in backticks that look like paths and do not exist.
fn stray_paths(document: &str, text: &str) -> Vec<String> {
    let text = prose(text);
    let words = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter_map(path);
    let stray = words.filter(|path| !tree::root().join(path).exists());
    stray.map(|path| format!("{document} names `{path}`, which does not exist")).collect()
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Links to our files or headings that do not exist.
fn stray_links(document: &str, text: &str) -> Vec<String> {
    let text = prose(text);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let ours = targets.filter(|target| !target.contains("://"));
    let stray = ours.filter(|target| {
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let file = if file.is_empty() { document.to_owned() } else { beside(document, file) };
        let there = tree::root().join(&file);
        let named = || prose(&tree::read(&file)).lines().any(|line| line.starts_with('#') && anchor(line) == heading);
        !there.exists() || !heading.is_empty() && !named()
    });
    stray.map(|target| format!("{document} links to {target}, which does not exist")).collect()
}

/// A path as a document writes it, from the root.
fn beside(document: &str, file: &str) -> String {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for part in folder.join(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.to_string_lossy().into_owned()
}

fn long_blocks(document: &str, text: &str) -> Vec<String> {
    let long = blocks(text).into_iter().chain(cells(text)).filter(|block| block.text.chars().count() > PARAGRAPH_CHARS);
    let told = long.map(|Block { line, text }| {
        let length = text.chars().count();
        format!("{document}:{line} has {length} characters, more than {PARAGRAPH_CHARS}: make it a list, a table or a picture")
    });
    told.collect()
}

/// Numbered lists with more than [`STEPS`] steps.
fn long_walks(document: &str, text: &str) -> Vec<String> {
    let steps = blocks(text).into_iter().filter_map(|block| {
        let (number, _) = block.text.split_once(". ")?;
        Some((block.line, number.parse::<usize>().ok()?))
    });
    let long = steps.filter(|(_, number)| *number == STEPS + 1);
    long.map(|(line, _)| format!("{document}:{line} is step {}: at most {STEPS} in a list", STEPS + 1)).collect()
}

/// Steps of the walkthroughs that name no file of ours.
fn steps_without_file(document: &str, text: &str) -> Vec<String> {
    let Some((before, walks)) = text.split_once("\n## Walkthroughs\n") else { return Vec::new() };
    let offset = before.matches('\n').count() + 2;
    let steps = blocks(walks).into_iter().filter(|block| {
        let number = block.text.split_once(". ").map(|(number, _)| number.parse::<usize>());
        number.is_some_and(|number| number.is_ok())
    });
    let silent = steps.filter(|step| !step.text.split('`').skip(1).step_by(2).any(|word| path(word).is_some()));
    silent.map(|step| format!("{document}:{} is a step without a file: name it", step.line + offset)).collect()
}

#[test]
fn paths_and_links_in_documents_exist() {
    assert_none(documents().flat_map(|(path, text)| stray_paths(&path, &text)).collect());
    assert_none(documents().flat_map(|(path, text)| stray_links(&path, &text)).collect());
}

#[test]
fn a_paragraph_is_short_and_a_readme_has_three_screens() {
    assert_none(documents().flat_map(|(path, text)| long_blocks(&path, &text)).collect());
    assert_none(documents().flat_map(|(path, text)| long_walks(&path, &text)).collect());
    assert_none(documents().flat_map(|(path, text)| steps_without_file(&path, &text)).collect());
    let lines = tree::read("README.md").lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines, more than {README_LINES}: move something on");
}

#[test]
fn every_alarm_of_the_template_says_what_to_do() {
    let (template, operations) = (tree::read("infra/template.yaml"), tree::read("infra/operations.md"));
    let names = template.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let alarms: Vec<_> = names.filter(|name| name.ends_with("Alarm") && !name.starts_with(' ')).collect();
    assert!(!alarms.is_empty(), "infra/template.yaml has alarms");
    let silent = alarms.iter().filter(|alarm| !operations.contains(&format!("\n### {alarm}\n")));
    assert_none(silent.map(|alarm| format!("infra/operations.md needs a section `### {alarm}`: what to do")).collect());
    let unlisted = alarms.iter().filter(|alarm| !operations.contains(&format!("\n| [{alarm}](#")));
    assert_none(
        unlisted.map(|alarm| format!("infra/operations.md needs a row of {alarm} in its first table")).collect(),
    );
    let sections =
        operations.lines().filter_map(|line| line.strip_prefix("### ")).filter(|name| name.ends_with("Alarm"));
    let stray = sections.filter(|name| !alarms.contains(name));
    assert_none(
        stray.map(|name| format!("infra/operations.md has a section {name}, and the template no alarm")).collect(),
    );
}

#[test]
fn mistakes_in_a_document_are_found() {
    let document = "tests/made-up.md";
    assert_found(&stray_paths(document, "See `shared/nowhere/src/lib.rs`."), "names `shared/nowhere/src/lib.rs`");
    assert_found(&stray_paths(document, "See `nowhere.toml`."), "names `nowhere.toml`");
    let fine =
        "`Cargo.toml` `tests/Cargo.toml` `shared/<concern>/` `cargo test` `text/html`\n```\n`shared/nowhere`\n```";
    assert_eq!(stray_paths(document, fine), Vec::<String>::new());
    assert_found(&stray_links(document, "[a](nowhere.md)"), "links to nowhere.md");
    assert_found(&stray_links(document, "[a](../README.md#nowhere)"), "links to ../README.md#nowhere");
    assert_eq!(stray_links(document, "[a](../README.md#test-it) [b](https://example.com)"), Vec::<String>::new());
    let long = "x ".repeat(PARAGRAPH_CHARS / 2 + 1);
    assert_found(&long_blocks(document, &format!("short\n\n{long}")), "made-up.md:3");
    assert_found(&long_blocks(document, &format!("- {}\n  {}", &long[..200], &long[..202])), "made-up.md:1");
    assert_found(&long_blocks(document, &format!("| a | b |\n|---|---|\n| short | {long} |")), "made-up.md:3");
    let (item, cell) = (&long[..300], &long[..300]);
    let short = format!("- {item}\n- {item}\n\n| {cell} | {cell} |\n\n```\n| {long} |\n{long}\n```");
    assert_eq!(long_blocks(document, &short), Vec::<String>::new());
    let steps: String = (1..=STEPS + 1).map(|number| format!("{number}. step\n")).collect();
    assert_found(&long_walks(document, &steps), "is step 13");
    let walk = "# A\n\n## Walkthroughs\n\n1. `shared/aws/src/https.rs` does it.\n2. The person waits for `generate`.\n";
    let found = steps_without_file(document, walk);
    assert_eq!(found, ["tests/made-up.md:6 is a step without a file: name it"]);
}
