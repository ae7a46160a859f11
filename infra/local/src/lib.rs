//! The local platform: the real template and the real programs, on this machine only.
//!
//! [`LocalPlatform::start`] builds the functions, starts MiniStack (AWS, with IAM enforced),
//! `oidc-provider-mock` or `oidc-provider` (Google) and the fakes of other partners on loopback,
//! deploys `infra/template.yaml` and puts one origin in front. `cargo dev` adds a command line;
//! the stack tests start several platforms side by side.

mod arguments;
mod children;
mod clock;
mod environment;
mod error;
pub mod fakes;
mod installation;
mod node;
mod platform;
mod prerequisites;
mod programs;
mod python;

pub use arguments::{DevArguments, USAGE};
pub use environment::Environment;
pub use error::LocalError;
pub use platform::{
    LocalPlatform, PlatformOptions,
    deploy::{DeployedResource, DeployedRoute},
    google::GoogleProgram,
};
pub use programs::workspace;
pub use python::Python;
