//! The local platform: the real template and the real programs, on this machine alone.
//!
//! [`Platform::start`] builds the functions, starts MiniStack (AWS, with IAM enforced),
//! `oidc-provider-mock` (Google) and the fakes of other partners on loopback, deploys
//! `infra/template.yaml` and puts one origin in front. `cargo dev` is that with a command
//! line; the stack tests start as many as they like, side by side.

mod arguments;
mod children;
mod clock;
mod control;
mod deploy;
mod environment;
mod error;
pub mod fakes;
mod front;
mod google;
mod ministack;
mod platform;
mod prerequisites;
mod programs;
mod python;
mod secrets;

pub use arguments::{Arguments, USAGE};
pub use deploy::{Resource, Route};
pub use environment::Environment;
pub use error::Error;
pub use platform::{Options, Platform};
pub use programs::workspace;
pub use python::Python;
