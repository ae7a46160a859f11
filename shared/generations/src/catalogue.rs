//! The models on offer: their settings, their prices and their cost for us.

pub(crate) mod availability;
pub(crate) mod health;
pub(crate) mod models;
pub(crate) mod paused;
pub(crate) mod price;
pub(crate) mod settings;
pub(crate) mod spend;
pub(crate) mod training;
pub(crate) mod typical;
