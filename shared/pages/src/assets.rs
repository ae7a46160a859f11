//! The scripts, the stylesheet and the pictures of the pages.

/// A file that pages name. Its address changes with the content of all files, so a browser keeps it for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The path inside the folder, such as `site.css`.
    pub name: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub content: &'static [u8],
    /// The content, compressed with gzip. A picture is compressed already and has none.
    pub compressed: Option<&'static [u8]>,
    /// The modules that a script imports before it runs, also those that its modules import, by their names.
    pub imports: &'static [&'static str],
}

/// All assets, sorted by name.
pub const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The folder of the assets: `/a/` and a digest of all of them.
pub const FOLDER: &str = concat!("/a/", env!("ASSETS_HASH"));

/// The asset at a path of the site, such as `/a/0123456789ab/site.css`.
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
    named(name)
}

/// The asset of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by_key(&name, |asset| asset.name).ok().map(|at| &ASSETS[at])
}
