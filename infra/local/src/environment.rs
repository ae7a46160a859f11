//! The part of the caller's environment that children may see.
//!
//! Children start with an empty environment. Only listed variables reach them, so no
//! `AWS_*`, proxy or profile of the caller can send a request away from loopback.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

/// Variables for finding programs, and for the person's language and time zone.
const COMMON: &[&str] = &["HOME", "LANG", "PATH", "TERM", "TMPDIR", "TZ", "USER"];

/// Variables that change the paths, the output and the trusted roots of cargo and the
/// compiler. If the caller's own cargo sees one that is missing here, cargo compiles
/// everything twice.
const CARGO: &[&str] = &[
    "AR",
    "CARGO_HOME",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CC",
    "CFLAGS",
    "CI",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "CARGO_BUILD_*",
    "CARGO_HTTP_*",
    "CARGO_NET_*",
    "CARGO_PROFILE_*",
    "CARGO_REGISTRIES_*",
    "CARGO_REGISTRY_*",
    "CARGO_SOURCE_*",
    "CARGO_TARGET_*",
    "CARGO_TERM_*",
    "CARGO_UNSTABLE_*",
];

/// Variables for pip's package sources and trusted roots.
const PIP: &[&str] =
    &["PIP_*", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];

/// Variables for npm's registry and trusted roots.
const NPM: &[&str] = &["NODE_EXTRA_CA_CERTS", "NPM_CONFIG_*", "npm_config_*"];

/// The caller's environment. Children get a chosen part of it.
#[derive(Debug, Clone)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the local platform stands outside the functions' runtime")]
    pub fn of_caller() -> Self {
        Self::new(std::env::vars_os())
    }

    /// These variables.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// One variable of the caller.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The variables for looking programs up and asking them for their version.
    #[must_use]
    pub fn common(&self) -> BTreeMap<OsString, OsString> {
        self.allowed(&[COMMON])
    }

    /// The variables for cargo.
    #[must_use]
    pub fn for_cargo(&self) -> BTreeMap<OsString, OsString> {
        self.allowed(&[COMMON, CARGO])
    }

    /// The variables for pip.
    #[must_use]
    pub fn for_pip(&self) -> BTreeMap<OsString, OsString> {
        self.allowed(&[COMMON, PIP])
    }

    /// The variables for npm.
    #[must_use]
    pub fn for_npm(&self) -> BTreeMap<OsString, OsString> {
        self.allowed(&[COMMON, NPM])
    }

    fn allowed(&self, lists: &[&[&str]]) -> BTreeMap<OsString, OsString> {
        let is_listed = |name: &OsString| {
            let Some(name) = name.to_str() else { return false };
            lists.iter().copied().flatten().any(|entry| match entry.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => name == *entry,
            })
        };
        self.0.iter().filter(|(name, _)| is_listed(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Environment {
        let names = [
            "AWS_PROFILE",
            "AWS_ENDPOINT_URL",
            "AWS_CA_BUNDLE",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_PKG_NAME",
            "HOME",
            "HTTPS_PROXY",
            "LD_PRELOAD",
            "NODE_OPTIONS",
            "NPM_CONFIG_REGISTRY",
            "PATH",
            "PIP_INDEX_URL",
            "PYTHONPATH",
            "https_proxy",
        ];
        Environment::new(names.map(|name| (name.into(), "x".into())))
    }

    fn names(variables: BTreeMap<OsString, OsString>) -> Vec<String> {
        variables.into_keys().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_child_sees_only_its_listed_variables() {
        assert_eq!(names(caller().common()), ["HOME", "PATH"]);
        assert_eq!(names(caller().for_cargo()), ["CARGO_HOME", "CARGO_NET_OFFLINE", "HOME", "PATH"]);
        assert_eq!(names(caller().for_pip()), ["HOME", "PATH", "PIP_INDEX_URL"]);
        assert_eq!(names(caller().for_npm()), ["HOME", "NPM_CONFIG_REGISTRY", "PATH"]);
    }

    #[test]
    fn no_list_lets_a_profile_a_proxy_or_an_endpoint_through() {
        for entry in [COMMON, CARGO, PIP, NPM].concat() {
            let entry = entry.to_ascii_uppercase();
            assert!(!entry.starts_with("AWS"), "{entry} would reach a child: take it off the list");
            assert!(!entry.contains("PROXY"), "{entry} would reach a child: take it off the list");
            assert!(entry.len() > 3 || !entry.contains('*'), "{entry} is wider than any one program");
        }
    }
}
