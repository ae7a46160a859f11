//! The register of privacy: the promises of the policy, the vendors, the periods of retention, the storage in
//! browsers, the processing of personal data, and the published documents in all their versions.
//!
//! Pages show this data, and code and tests compare themselves with it. The crate has no I/O and depends on no
//! other crate of the workspace.

pub mod browser;
pub mod documents;
pub mod operator;
pub mod processing;
pub mod promises;
pub mod retention;
pub mod vendors;
