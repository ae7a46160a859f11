//! Lists the functions for `src/functions.rs`: each `[dependencies]` line that points into `functions/`,
//! by the kind of trigger that its `main.rs` serves; and the functions whose routes have a contract.
#![allow(clippy::disallowed_methods, reason = "Cargo tells a build script its output folder by a variable")]

use std::{collections::BTreeMap, env, fs, path::Path};

const MANIFEST: &str = "Cargo.toml";

/// The modules of `runtime` that serve a trigger. The macro has a block for each.
const KINDS: [&str; 3] = ["http", "queue", "schedule"];

/// The beginnings of the functions that state contracts: of one route, and of several. The macro has a block for each.
const CONTRACTS: [(&str, &str); 2] =
    [("contract", "pub fn contract() -> Route"), ("contracts", "pub fn contracts() -> [Route; ")];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={MANIFEST}");
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for line in fs::read_to_string(MANIFEST)?.lines() {
        let Some((_, path)) = line.split_once("\"../functions/") else { continue };
        let path = path.split('"').next().unwrap_or_default();
        let (area, package) = path.split_once('/').ok_or("a function lies in the folder of its area")?;
        let main = Path::new("../functions").join(path).join("src/main.rs");
        let code = read(&main)?;
        let kind = KINDS.into_iter().find(|kind| code.contains(&format!("runtime::{kind}::serve(")));
        let kind = kind.ok_or_else(|| format!("{} must call runtime::…::serve", main.display()))?;
        let name = package.replace('-', "_");
        *lists.entry(kind).or_default() += &format!("{name} = \"{package}\",\n");
        let lib = read(&main.with_file_name("lib.rs"))?;
        for (block, _) in CONTRACTS.into_iter().filter(|(_, start)| lib.contains(*start)) {
            *lists.entry(block).or_default() += &format!("{name} = \"{package}\" in \"{area}\",\n");
        }
    }
    let block = |kind: &str| format!("{kind} {{\n{}}}\n", lists.get(kind).map_or("", String::as_str));
    let blocks = KINDS.into_iter().chain(CONTRACTS.map(|(kind, _)| kind)).map(block);
    let call = format!("functions! {{\n{}}}\n", blocks.collect::<String>());
    let folder = env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?;
    Ok(fs::write(Path::new(&folder).join("functions.rs"), call)?)
}

/// Reads a file. Cargo runs this script again when it changes.
fn read(path: &Path) -> Result<String, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
