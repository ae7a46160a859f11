//! Makes the list of our crates, whose log lines print: see `src/logs.rs`.

use std::fs;

/// Cargo adds each new crate of the workspace to the lock file, so the list needs no care. The path
/// is relative to this package, where Cargo runs the script.
const LOCK: &str = "../../Cargo.lock";

fn main() -> Result<(), std::io::Error> {
    println!("cargo::rerun-if-changed={LOCK}");
    let lock = fs::read_to_string(LOCK)?;
    // A package without a source is a member of the workspace.
    let ours = lock.split("[[package]]").skip(1).filter(|package| !package.contains("\nsource = "));
    let names = ours.filter_map(|package| package.split_once("name = \"")?.1.split('"').next());
    let crates: Vec<String> = names.map(|name| name.replace('-', "_")).collect();
    println!("cargo::rustc-env=OUR_CRATES={}", crates.join(","));
    Ok(())
}
