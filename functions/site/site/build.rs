//! Makes the served forms of the two large assets: the document without white space, and both compressed. At run time
//! nothing is parsed or compressed.
#![allow(clippy::disallowed_methods, reason = "Cargo tells a build script its output folder by a variable")]

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::{env, error::Error, fs, io, path::Path};

/// The assets that are made of the contracts of all routes.
const DOCUMENT: &str = "assets/openapi.json";
const PAGE: &str = "assets/docs.html";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?;
    let document = serde_json::from_str::<Value>(&read(DOCUMENT)?)?.to_string();
    for (name, text) in [("openapi.json", document), ("docs.html", read(PAGE)?)] {
        let path = Path::new(&folder).join(name);
        fs::write(path.with_extension("gz"), compressed(&text)?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Reads an asset. Cargo runs this script again when it changes.
fn read(path: &str) -> Result<String, String> {
    println!("cargo::rerun-if-changed={path}");
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// The same bytes for the same text: the header has no time and no name.
fn compressed(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, text.as_bytes())?;
    encoder.finish()
}
