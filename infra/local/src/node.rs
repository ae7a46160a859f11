//! The certified OpenID provider of npm, installed under `target/local`.

use crate::{children::Program, environment::Environment, error::LocalError, installation, prerequisites};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// The script that runs it.
const SCRIPT: &str = "provider.js";

/// The pinned list of its packages, and the script.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../oidc-provider/package.json")),
    ("package-lock.json", include_str!("../oidc-provider/package-lock.json")),
    (SCRIPT, include_str!("../oidc-provider/provider.js")),
];

/// The arguments of the installation. npm installs exactly the list, and refuses a file whose hash is not in it.
/// It runs no script of a package.
const NPM_CI: [&str; 6] = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];

/// The installed provider.
#[derive(Debug, Clone)]
pub struct OidcProvider {
    /// The path of Node.
    pub node: PathBuf,
    /// The path of the script.
    pub script: PathBuf,
}

impl OidcProvider {
    /// The provider in `root/oidc-provider`. Installs it unless it is there. An installed one needs neither
    /// network nor npm's cache.
    ///
    /// # Errors
    /// When this machine lacks Node or npm, or the packages cannot be installed. npm's messages go to standard
    /// error.
    pub async fn prepare(environment: &Environment, root: &Path, progress: impl Fn(&str)) -> Result<Self, LocalError> {
        let node = prerequisites::check_node(environment)?;
        let _held = installation::wait_for_turn(&root.join("oidc-provider.lock")).await?;
        let folder = root.join("oidc-provider");
        let stamp = folder.join("files.sha256");
        let wanted = installation::fingerprint(&node, &FILES.map(|(_, text)| text).concat());
        let made = Self { node, script: folder.join(SCRIPT) };
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(made);
        }
        progress("installing the certified OpenID provider (once)");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(LocalError::during(folder.display()))?;
        }
        fs::create_dir_all(&folder).map_err(LocalError::during(folder.display()))?;
        for (name, text) in FILES {
            fs::write(folder.join(name), text)?;
        }
        let npm = Program {
            path: OsStr::new("npm"),
            arguments: NPM_CI.map(OsStr::new).to_vec(),
            environment: environment.for_npm(),
            folder: &folder,
        };
        installation::run(npm, "the certified OpenID provider").await?;
        fs::write(&stamp, wanted)?;
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_packages_are_pinned_by_hash_and_come_from_the_registry_of_the_machine() {
        let [list, lock] = [FILES[0].1, FILES[1].1].map(|text| serde_json::from_str::<Value>(text).unwrap());
        let packages = lock["packages"].as_object().unwrap();
        assert_eq!(packages["node_modules/oidc-provider"]["version"], list["dependencies"]["oidc-provider"]);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            let hash = package["integrity"].as_str().unwrap_or_default();
            assert!(hash.starts_with("sha512-"), "{name} has no hash: lock it again with npm install");
            assert!(package.get("resolved").is_none(), "{name} names a registry: lock it again without `resolved`");
        }
    }
}
