//! The template and the tree contain no secret, no code handles a password, and the table of
//! secrets names the functions that read each.

use crate::{
    assert_found, assert_none,
    template::{FUNCTION, Template, pascal_case},
    tree,
};
use std::collections::{BTreeMap, BTreeSet};

/// Words in the name of a secret.
const SECRET_WORDS: [&str; 8] = ["secret", "token", "key", "password", "passwd", "credential", "private", "signature"];
/// Last words of the name of a location, or of an id that is public.
const PLACE_WORDS: [&str; 4] = ["url", "path", "arn", "id"];

/// Published examples and values for tests, which only look like secrets.
const EXAMPLES: [&str; 5] = [
    // AWS's own documentation.
    "AKIAIOSFODNN7EXAMPLE",
    // The example of the Standard Webhooks specification.
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    // The example of OpenAI's client libraries, which sign by the same rules.
    "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=",
    // Another one, for a test of rotation.
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    // "local-replicate-webhook-secret", the key of the fake.
    "whsec_bG9jYWwtcmVwbGljYXRlLXdlYmhvb2stc2VjcmV0",
];

/// Lines that name passwords: to refuse them in the URLs of partners, and to promise people that none is stored.
const REFUSED: [(&str, &str); 5] = [
    ("shared/net/src/guard.rs", ".password().is_some()"),
    ("shared/net/src/guard.rs", "file:///etc/passwd"),
    ("shared/register/src/promises.rs", "no password is ever stored"),
    ("shared/register/src/documents/policy_2026_11_24.rs", "passwords."),
    ("shared/register/src/documents/policy_2026_12_15.rs", "We never ask for a password and store none."),
];

/// The first characters of our and our partners' secrets, and the least number of characters
/// after them.
const PATTERNS: [(&str, usize); 14] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("GOCSPX-", 20),
    ("ya29.", 20),
    ("r8_", 30),
    ("whsec_", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("ghp_", 30),
    ("github_pat_", 30),
    ("xoxb-", 20),
    ("npm_", 30),
];

/// The words of a name, in lower case: `SECRETS_PATH` and `SecretsPath` have two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let is_shouted = name.chars().all(|c| !c.is_lowercase());
    for c in name.chars() {
        let begins = c == '_' || c == '-' || (c.is_uppercase() && !is_shouted);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("there is always one").extend(c.to_lowercase());
        }
    }
    words
}

fn is_secret(name: &str) -> bool {
    let words = words(name);
    let is_place = words.last().is_some_and(|last| PLACE_WORDS.contains(&last.as_str()));
    let is_public = words.iter().any(|word| word == "public");
    let names_one = words.iter().any(|word| SECRET_WORDS.contains(&word.trim_end_matches('s')));
    names_one && !is_place && !is_public
}

fn in_template(template: &Template) -> Vec<String> {
    let variables = template.all(FUNCTION).flat_map(|function| {
        template.variables(function).map(move |(name, _)| (format!("{}: the variable", function.name), name))
    });
    let parameters = template.parameters().iter().map(|(name, _)| ("the parameter".to_owned(), name));
    let outputs = template.at(&["Outputs"]).into_iter().flat_map(|outputs| outputs.entries());
    let outputs = outputs.map(|(name, _)| ("the output".to_owned(), name));
    let named = variables.chain(parameters).chain(outputs).filter(|(_, name)| is_secret(name));
    let put = |(what, name): (String, &String)| {
        format!("{what} {name} would hold a secret: keep it in SSM and read it in Deps::new")
    };
    named.map(put).collect()
}

fn in_text(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if text.contains(concat!("PRIVATE", " KEY-----")) {
        findings.push(format!("{path} has a private key"));
    }
    for (prefix, least) in PATTERNS {
        for (at, _) in text.match_indices(prefix) {
            let begins = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
            let rest = &text[at + prefix.len()..];
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c)).unwrap_or(rest.len());
            let found = &text[at..at + prefix.len() + length];
            if begins && length >= least && !EXAMPLES.contains(&found) {
                findings.push(format!("{path} has something like a secret that begins with {prefix}"));
            }
        }
    }
    findings
}

#[test]
fn the_template_holds_no_secret() {
    assert_none(in_template(&Template::read()));
    let overrides = tree::read("samconfig.toml");
    let named = overrides.split([' ', '"']).filter_map(|pair| pair.split_once('='));
    assert_none(
        named.filter(|(name, _)| is_secret(name)).map(|(name, _)| format!("samconfig.toml sets {name}")).collect(),
    );
}

#[test]
fn the_tree_holds_no_secret() {
    assert_none(tree::texts().flat_map(|(path, text)| in_text(&path, &text)).collect());
}

/// P13: identity comes from partners, so our code never asks for, receives or stores a password.
#[test]
fn nothing_asks_for_or_keeps_a_password() {
    let words = ["password", "passwd", "passphrase"];
    let mut findings = Vec::new();
    for (path, text) in tree::texts() {
        let ours = ["functions/", "shared/", "infra/", "events/"].iter().any(|folder| path.starts_with(folder));
        let is_test = path.ends_with("tests.rs") || path.contains("/tests/") || path.starts_with("shared/testkit/");
        let text = match path.rsplit('.').next() {
            Some("rs") => tree::code(&text),
            Some("yaml" | "html" | "js" | "json") => text,
            _ => continue,
        };
        if !ours || is_test {
            continue;
        }
        let lines = text.lines().filter(|line| words.iter().any(|word| line.to_lowercase().contains(word)));
        let stray = lines.filter(|line| !REFUSED.iter().any(|(place, part)| path == *place && line.contains(part)));
        findings.extend(stray.map(|line| format!("{path} knows a password: `{}`", line.trim())));
    }
    assert_none(findings);
}

#[test]
fn the_table_of_secrets_names_the_functions_that_read_each() {
    let told = tree::read("infra/operations.md");
    let (_, table) = told.split_once("\n## Secrets\n").expect("infra/operations.md has a section Secrets");
    let (table, _) = table.split_once("\n## ").unwrap_or((table, ""));
    let mut readers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let [_, name, _, read_by, ..] = cells[..] else { continue };
        readers.entry(names(name).concat()).or_default().extend(names(read_by));
    }
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let template = Template::read();
    for function in tree::functions() {
        let resource = template.find(FUNCTION, &pascal_case(&function.name));
        for secret in resource.into_iter().flat_map(|function| function.secrets()) {
            real.entry(secret).or_default().insert(function.name.clone());
        }
    }
    assert_eq!(
        readers, real,
        "the table of secrets in infra/operations.md (left) must say what the template grants (right)"
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_found() {
    for secret in ["GOOGLE_CLIENT_SECRET", "ReplicateApiToken", "SigningKey", "DB_PASSWORD", "API_KEYS"] {
        assert!(is_secret(secret), "{secret} is the name of a secret");
    }
    for other in ["SESSION_PUBLIC_KEYS", "SECRETS_PATH", "GoogleTokenUrl", "MONKEY_ISLAND", "AppleKeyId"] {
        assert!(!is_secret(other), "{other} is no secret");
    }
    let variable = Template::with("GOOGLE_ISSUER: !Ref", "GOOGLE_CLIENT_SECRET: !Ref");
    assert_found(&in_template(&variable), "LoginCallback: the variable GOOGLE_CLIENT_SECRET");
    let parameter =
        Template::with("  GoogleClientId:\n", "  GoogleClientSecret:\n    Type: String\n  GoogleClientId:\n");
    assert_found(&in_template(&parameter), "the parameter GoogleClientSecret");
    let token = format!("token = \"{}{}\"", "r8_", "a".repeat(37));
    assert_found(&in_text("x.rs", &token), "begins with r8_");
    assert_found(&in_text("x.pem", concat!("-----BEGIN PRIVATE", " KEY-----")), "has a private key");
}
