//! The pages of the site, from templates that are checked at build. They hold nothing about a person: what is personal
//! comes by script, from the API.

mod assets;
mod money;
mod shell;
mod words;

pub mod account;
pub mod contact;
pub mod create;
pub mod document;
pub mod home;
pub mod models;
pub mod privacy;
pub mod sign_in;
pub mod status;
pub mod works;

pub use assets::{ASSETS, Asset, FOLDER, asset, named};
pub use money::{billing, plans};
pub use shell::{Notice, Shell, Tag};
pub use words::day;
