//! The edges between crates, and the crates that no program of ours may be linked with.

use crate::{assert_none, graph, tree};
use cargo_metadata::{DependencyKind, Package};
use std::collections::{BTreeMap, BTreeSet};

/// The crates of ours that each crate may use. A new edge is a decision: add it here with its reason,
/// and to ARCHITECTURE.md.
const EDGES: [(&str, &[&str]); 34] = [
    ("kernel", &[]),
    // Data that pages show and tests compare with the code. It knows nothing of the code.
    ("register", &[]),
    // Describes routes with the limits of the vocabulary. The program of a function has none of its code.
    ("contract", &["kernel"]),
    ("aws", &["kernel"]),
    ("net", &["kernel"]),
    ("session", &["kernel"]),
    // Reads the clock, the environment and the system's randomness. Functions get them from `runtime`.
    ("machine", &["kernel"]),
    ("runtime", &["kernel", "aws", "machine", "net", "session"]),
    // Seals Apple's token, which is stored. Every program has `session` already, by `runtime`.
    ("identity", &["kernel", "net", "session"]),
    // The two routes that send a browser to a partner share the beginning of an attempt.
    ("sign-in", &["kernel", "identity", "runtime", "session", "transient"]),
    ("accounts", &["kernel", "aws"]),
    // Verifies the token of a request, and then reads the session in the store.
    ("authentication", &["kernel", "accounts", "runtime", "session"]),
    ("credits", &["kernel", "aws"]),
    ("billing", &["kernel", "aws", "net", "credits"]),
    // A case of a person who is signed in needs the account: it must exist, its address is where the answer
    // goes, and a granted objection changes its sign-in log.
    ("cases", &["kernel", "aws", "accounts"]),
    // Two functions answer the account: its profile, its status, which the balance has, and a link to its picture.
    ("profile", &["kernel", "aws", "accounts", "credits", "media"]),
    ("media", &["kernel", "aws"]),
    // The slices whose transactions cause mails use it, so it knows none of them: the address and the preference of a
    // person come as values.
    ("mail", &["kernel", "aws"]),
    ("transient", &["kernel", "aws"]),
    ("providers", &["kernel", "net"]),
    // A request for a generation reads its session in the same batch as the balance. The catalogue withholds the models
    // of vendors that may train with inputs, by the register.
    ("generations", &["kernel", "aws", "accounts", "credits", "media", "providers", "register"]),
    // Erases and exports everything, so it knows every slice that stores something.
    (
        "privacy",
        &["kernel", "aws", "accounts", "billing", "cases", "credits", "generations", "mail", "media", "transient"],
    ),
    // Renders pages from what is compiled in: the catalogue, the plans and the register. It reads no store and no request.
    ("pages", &["kernel", "billing", "generations", "register"]),
    // The routes in which people write to us share their handler.
    ("intake", &["kernel", "accounts", "cases", "runtime", "session", "transient"]),
    // Reads and judges what strangers write. It knows the id of an account, and no store: what the stores know is an argument.
    ("inbound", &["kernel"]),
    // The local platform starts the programs and does not link them.
    ("local", &[]),
    // A command for operators reads the stores of a slice, and writes nothing.
    ("ledger-check", &["kernel", "aws", "credits", "deployment", "machine"]),
    // Finds a deployment for the two commands.
    ("deployment", &["aws"]),
    // The operators' command shows and changes what the slices store, by their rules. It computes the pseudonyms
    // in the log lines with the code that tokens get theirs from. It reads the log of the pages with `net`: a client of
    // CloudWatch Logs would be one more SDK crate for every build.
    (
        "ops",
        &[
            "kernel",
            "aws",
            "accounts",
            "cases",
            "credits",
            "deployment",
            "generations",
            "machine",
            "net",
            "providers",
            "session",
        ],
    ),
    // The benchmark signs the tokens that it sends. The program that it compares with uses no crate of ours.
    ("measure", &["kernel", "session"]),
    ("hello", &[]),
    // Writes the documents that are made of the contracts of all functions, which `tests` starts.
    ("openapi", &["contract", "policy", "tests"]),
    // These checks read files, so that they compile in seconds after any change.
    ("policy", &[]),
    // Starts cargo and reads what it prints.
    ("prove", &[]),
];

/// Our crates that a function may use. `net` is not one of them: a function gets its client from `runtime`.
const FUNCTIONS_MAY_USE: [&str; 23] = [
    "kernel",
    "aws",
    "contract",
    "session",
    "runtime",
    "identity",
    "accounts",
    "authentication",
    "billing",
    "cases",
    "credits",
    "mail",
    "media",
    "providers",
    "generations",
    "inbound",
    "intake",
    "pages",
    "privacy",
    "profile",
    "register",
    "sign-in",
    "transient",
];

/// The command that writes the documents of all contracts. The functions state them, and `tests` knows all
/// functions.
const KNOWS_THE_FUNCTIONS_BY_TESTS: &str = "openapi";

/// Crates for tests. Only `tests`, `testkit` and dev-dependencies may have them.
const TESTS_ONLY: [&str; 2] = ["testkit", "local"];

/// Crates that must not be in any program. AWS-LC costs tens of milliseconds of CPU at the
/// first handshake. The others bring a second TLS, a chain of credentials to search, or a
/// protocol that our partners do not speak.
const BANNED: [&str; 8] =
    ["aws-config", "aws-lc-fips-sys", "aws-lc-rs", "aws-lc-sys", "h2", "native-tls", "openssl", "openssl-sys"];

/// The JWT library brings RSA and three curves. Only functions that verify ID tokens may link it.
const JWT: (&str, &str) = ("jsonwebtoken", "identity");

/// The encoder of thumbnails is C. Only this function may enable it, by this feature.
const ENCODER: (&str, &str) = ("thumbnails", "make-thumbnails");

/// The crates of ours that a package depends on: for its program, and for its tests alone.
fn edges(package: &Package) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    let (mut normal, mut dev) = (BTreeSet::new(), BTreeSet::new());
    for dependency in ours {
        let edges = if dependency.kind == DependencyKind::Development { &mut dev } else { &mut normal };
        edges.insert(dependency.name.as_str());
    }
    (normal, dev)
}

#[test]
fn crates_use_what_the_table_of_edges_allows() {
    let (functions, table) = (graph::functions(), BTreeMap::from(EDGES));
    let mut findings = Vec::new();
    for (name, package) in graph::members() {
        let allowed = match name {
            "tests" | "testkit" => continue,
            name if functions.contains(name) => &FUNCTIONS_MAY_USE[..],
            name => match table.get(name) {
                Some(allowed) => allowed,
                None => {
                    findings.push(format!("{name} is not in the table of edges: decide which crates it may use"));
                    continue;
                }
            },
        };
        let (normal, dev) = edges(package);
        let stray = normal.iter().filter(|used| !allowed.contains(used));
        findings.extend(
            stray.map(|used| format!("{name} must not use {used}: move the code that needs it, or decide the edge")),
        );
        let stray = dev.iter().filter(|used| !allowed.contains(used) && !TESTS_ONLY.contains(used));
        findings.extend(stray.map(|used| format!("the tests of {name} must not use {used}")));
    }
    assert_none(findings);
}

#[test]
fn one_function_asks_for_the_encoder_of_thumbnails() {
    let (feature, function) = ENCODER;
    let asks = |package: &Package| {
        package.dependencies.iter().any(|dependency| dependency.features.iter().any(|asked| asked == feature))
    };
    let asking: Vec<_> =
        graph::members().into_iter().filter(|(_, package)| asks(package)).map(|(name, _)| name).collect();
    assert_eq!(asking, [function], "the feature {feature} brings libwebp: leave it to {function}");
}

#[test]
fn only_the_tests_use_a_function_and_nothing_uses_the_tests() {
    let functions = graph::functions();
    let mut findings = Vec::new();
    for (name, package) in graph::members() {
        let (normal, dev) = edges(package);
        for used in normal.iter().chain(&dev).filter(|used| functions.contains(**used)) {
            if name != "tests" {
                findings.push(format!("{name} depends on the function {used}: share through a library"));
            }
        }
        if name != KNOWS_THE_FUNCTIONS_BY_TESTS && (normal.contains("tests") || dev.contains("tests")) {
            findings.push(format!("{name} depends on tests"));
        }
    }
    let (tested, _) = edges(graph::members()["tests"]);
    let untested = functions.iter().filter(|function| !tested.contains(function.as_str()));
    findings.extend(untested.map(|function| format!("tests/Cargo.toml must depend on {function}")));
    assert_none(findings);
}

#[test]
fn only_aws_knows_the_sdk() {
    let mut findings = Vec::new();
    for (name, package) in graph::members() {
        // `testkit` answers the SDK's calls, so it uses its types.
        if ["aws", "testkit"].contains(&name) {
            continue;
        }
        let sdk = package.dependencies.iter().filter(|dependency| dependency.name.starts_with("aws-"));
        findings.extend(sdk.map(|dependency| format!("{name} depends on {}: use the crate aws", dependency.name)));
    }
    assert_none(findings);
}

#[test]
fn versions_and_lints_are_declared_once() {
    let mut findings = Vec::new();
    for (name, package) in graph::members() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("cargo has just read it");
        let manifest: toml::Table = manifest.parse().expect("cargo has just parsed it");
        let inherits = |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        if !manifest.get("lints").is_some_and(inherits) {
            findings.push(format!("{name}: add [lints] workspace = true"));
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = manifest.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
            let own = dependencies.filter(|(_, value)| !inherits(value) && value.get("path").is_none());
            findings.extend(own.map(|(this, _)| format!("{name}: declare {this} in the workspace's dependencies")));
        }
    }
    assert_none(findings);
}

#[test]
fn no_function_is_linked_with_a_crate_that_makes_it_slow() {
    let mut findings = Vec::new();
    for function in graph::functions() {
        let linked = graph::linked_into(graph::members()[function.as_str()]);
        let linked: Vec<_> = linked.into_iter().map(|id| &graph::metadata()[id]).collect();
        assert!(linked.len() > 20, "{function} is linked with more than this test sees");
        let banned = linked.iter().filter(|package| BANNED.contains(&package.name.as_str()));
        findings.extend(banned.map(|package| format!("{function} is linked with {}: see deny.toml", package.name)));
        let has = |name: &str| linked.iter().any(|package| package.name.as_str() == name);
        if has(JWT.0) && !has(JWT.1) {
            findings.push(format!("{function} is linked with {} and not for {}: see ARCHITECTURE.md", JWT.0, JWT.1));
        }
        for only_one in ["hyper", "ring", "rustls"] {
            let versions = linked.iter().filter(|package| package.name.as_str() == only_one);
            let versions: BTreeSet<_> = versions.map(|package| package.version.to_string()).collect();
            if versions.len() > 1 {
                findings.push(format!("{function} is linked with {only_one} in several versions: {versions:?}"));
            }
        }
    }
    assert_none(findings);
}

#[test]
fn deny_toml_bans_the_same_crates() {
    let deny: toml::Table = tree::read("deny.toml").parse().expect("deny.toml is TOML");
    let bans = deny.get("bans").and_then(|bans| bans.get("deny")).and_then(toml::Value::as_array);
    let names = bans.into_iter().flatten().filter_map(|ban| ban.get("crate").and_then(toml::Value::as_str));
    let names: BTreeSet<_> = names.collect();
    assert_eq!(names, BTreeSet::from(BANNED), "keep the two lists equal");
}
