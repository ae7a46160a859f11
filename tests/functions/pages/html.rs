//! Reads of pages, as far as these tests need them.

use std::collections::BTreeSet;

/// How often a text is in a page.
pub(super) fn count(html: &str, part: &str) -> usize {
    html.matches(part).count()
}

/// All attributes with a value, with their names.
pub(super) fn attributes(html: &str) -> impl Iterator<Item = (&str, &str)> {
    let tags = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    tags.flat_map(|tag| {
        let parts: Vec<&str> = tag.split('"').collect();
        let pairs = parts.chunks_exact(2).filter_map(|pair| {
            let name = pair[0].strip_suffix('=')?.rsplit([' ', '\n']).next()?;
            Some((name, pair[1]))
        });
        pairs.collect::<Vec<_>>()
    })
}

/// The addresses of this site that a page names, and its own places.
pub(super) fn links(html: &str) -> BTreeSet<String> {
    let named = attributes(html).filter(|(name, _)| ["href", "src", "action"].contains(name));
    let ours = named.map(|(_, link)| link.replace("&#38;", "&").replace("&amp;", "&"));
    ours.filter(|link| link.starts_with('/') || link.starts_with('#')).collect()
}

/// The ids of a page or of a sprite.
pub(super) fn anchors(text: &str) -> BTreeSet<&str> {
    attributes(text).filter(|(name, _)| *name == "id").map(|(_, id)| id).collect()
}
