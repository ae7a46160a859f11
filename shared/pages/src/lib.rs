//! The pages of the site, from templates that are checked at build. They hold nothing about a person: what is hers
//! comes by script, from the API.

mod assets;
mod shell;

pub use assets::{ASSETS, Asset, FOLDER, asset, named};
pub use shell::{Notice, Shell, Tag};
