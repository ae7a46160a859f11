//! Makes the served forms of the assets: scripts without comments and indents, everything but pictures compressed with zopfli, and
//! one folder name for all of them. At run time nothing is hashed or compressed.
#![allow(clippy::disallowed_methods, reason = "Cargo tells a build script its output folder by a variable")]

use ring::digest::{Context, SHA256};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of the sources.
const SOURCES: &str = "assets";
/// The text that asks for consent. A record of consent names it by its digest.
const CONSENT: &str = "templates/consent.html";
/// Hexadecimal digits of the digest in the folder name.
const DIGITS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?);
    let assets = read(Path::new(SOURCES))?;
    let mut digest = Context::new(&SHA256);
    let mut table = String::from("&[\n");
    for (number, (name, content)) in assets.iter().enumerate() {
        for part in [name.as_bytes(), &content.len().to_be_bytes(), content] {
            digest.update(part);
        }
        let kept = out.join(number.to_string());
        fs::write(&kept, content)?;
        let compressed = match is_picture(name) {
            true => "None".to_owned(),
            false => {
                fs::write(kept.with_extension("gz"), compress(content)?)?;
                format!("Some(include_bytes!({:?}))", kept.with_extension("gz"))
            }
        };
        let (content_type, imports) = (content_type(name)?, Vec::from_iter(imports(name, &assets)?));
        writeln!(
            table,
            "Asset {{ name: {name:?}, content_type: {content_type:?}, content: include_bytes!({kept:?}), compressed: \
             {compressed}, imports: &{imports:?} }},"
        )?;
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)?;
    println!("cargo::rustc-env=ASSETS_HASH={}", &hex::encode(digest.finish())[..DIGITS]);
    println!("cargo::rerun-if-changed={CONSENT}");
    println!("cargo::rustc-env=CONSENT_HASH={}", hex::encode(ring::digest::digest(&SHA256, &fs::read(CONSENT)?)));
    Ok(())
}

/// All files of a folder, by their path inside it.
fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.into_string().map_err(|name| format!("{} is no text", name.display()))?;
        if path.is_dir() {
            found.extend(read(&path)?.into_iter().map(|(inner, content)| (format!("{name}/{inner}"), content)));
        } else if is_picture(&name) {
            found.insert(name, fs::read(path)?);
        } else {
            let text = fs::read_to_string(&path)?;
            found.insert(name.clone(), small(&name, &text)?.into_bytes());
        }
    }
    Ok(found)
}

/// A script without its comments, indents and most line ends; a stylesheet without its indents. A line of a script must be whole: a
/// text that goes on in the next line would lose its spaces.
fn small(name: &str, text: &str) -> Result<String, String> {
    let is_script = name.ends_with(".js");
    if !is_script && !name.ends_with(".css") {
        return Ok(text.to_owned());
    }
    let mut kept = String::with_capacity(text.len());
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || is_script && line.starts_with("//") {
            continue;
        }
        if is_script && line.matches('`').count() % 2 == 1 {
            return Err(format!("{name}, line {}: end the template literal in the line where it begins", number + 1));
        }
        kept.push_str(line);
        // The next line goes on where this one cannot end. A comment behind code would swallow it.
        let goes_on = is_script && line.ends_with([';', ',', '{', '(', '[']) && !line.contains(" //");
        if !goes_on {
            kept.push('\n');
        }
    }
    Ok(kept)
}

/// The modules that a script imports before it runs, and those that these import, by their names.
fn imports(name: &str, assets: &BTreeMap<String, Vec<u8>>) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = open.pop().filter(|name| name.ends_with(".js")) {
        let script = assets.get(&name).ok_or_else(|| format!("a script imports {name}, which is no asset"))?;
        // The other form, `import("./a.js")`, loads a module when the script comes to it.
        for part in std::str::from_utf8(script)?.split(" from \"./").skip(1) {
            let module = part.split('"').next().unwrap_or_default();
            if found.insert(module.to_owned()) {
                open.push(module.to_owned());
            }
        }
    }
    Ok(found)
}

/// Whether the bytes are compressed already.
fn is_picture(name: &str) -> bool {
    name.ends_with(".webp")
}

/// The media type of a file.
fn content_type(name: &str) -> Result<&'static str, String> {
    match name.rsplit('.').next() {
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml"),
        Some("webp") => Ok("image/webp"),
        _ => Err(format!("{name}: say its media type in shared/pages/build.rs")),
    }
}

/// The smallest form that gzip allows, and the same bytes for the same content: the header has no time and no name.
fn compress(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, content, &mut compressed)?;
    Ok(compressed)
}
