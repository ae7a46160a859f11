//! The graph of crates, from `cargo metadata`.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

/// The workspace with all its dependencies, as it is built for Lambda.
pub(crate) fn metadata() -> &'static Metadata {
    static READ: OnceLock<Metadata> = OnceLock::new();
    READ.get_or_init(|| {
        let mut command = MetadataCommand::new();
        command.manifest_path(crate::tree::root().join("Cargo.toml"));
        command.other_options(["--locked", "--filter-platform", "aarch64-unknown-linux-gnu"].map(str::to_owned));
        command.exec().expect("cargo metadata must work")
    })
}

/// The members of the workspace by name.
pub(crate) fn members() -> BTreeMap<&'static str, &'static Package> {
    let members = metadata().workspace_packages().into_iter();
    members.map(|package| (package.name.as_str(), package)).collect()
}

/// The names of the functions' packages.
pub(crate) fn functions() -> BTreeSet<String> {
    crate::tree::functions().into_iter().map(|function| function.name).collect()
}

/// All packages that the program of a package is linked from, itself included. The features
/// are those of the whole workspace with its tests, so the set may be larger than the real one and
/// is never smaller.
pub(crate) fn linked_into(package: &Package) -> BTreeSet<&'static PackageId> {
    let nodes = &metadata().resolve.as_ref().expect("metadata has the graph").nodes;
    let (mut found, mut open) = (BTreeSet::new(), vec![&package.id]);
    while let Some(id) = open.pop() {
        let Some(node) = nodes.iter().find(|node| node.id == *id) else { continue };
        if found.insert(&node.id) {
            let normal =
                node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            open.extend(normal.map(|dep| &dep.pkg));
        }
    }
    found
}
