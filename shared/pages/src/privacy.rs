//! `/vendors`, `/processing` and `/cookies`: the register of privacy, for people.

use crate::{
    shell::{Shell, written},
    words,
};
use askama::Template;
use generations::TrainingVendors;
use kernel::Result;
use register::{
    browser::{COOKIES, STORAGE, Stored},
    processing::{Activity, PROCESSING, SECURITY},
    retention::{RETENTION, Retention, retention},
    vendors::{VENDORS, Vendor, vendor},
};

#[derive(Template)]
#[template(path = "vendors.html")]
struct Vendors<'a> {
    shell: &'a Shell<'a>,
    vendors: &'static [Vendor],
    /// The names of the vendors whose models are offered although they may train.
    allowed: Vec<&'static str>,
}

impl Vendors<'_> {
    fn checked(&self, vendor: &Vendor) -> String {
        words::day(vendor.checked_on)
    }
}

#[derive(Template)]
#[template(path = "processing.html")]
struct Processing<'a> {
    shell: &'a Shell<'a>,
    activities: &'static [Activity],
    retention: &'static [Retention],
    security: &'static str,
}

impl Processing<'_> {
    /// The vendors that receive the data of an activity, by key and name.
    fn recipients(&self, activity: &Activity) -> Vec<(&'static str, &'static str)> {
        let known = activity.recipients.iter().filter_map(|key| vendor(key));
        known.map(|vendor| (vendor.key, vendor.name)).collect()
    }

    /// The periods of an activity.
    fn periods(&self, activity: &Activity) -> Vec<&'static Retention> {
        activity.retention.iter().filter_map(|key| retention(key)).collect()
    }
}

/// A list of what the browser stores: its anchor, its heading, and what is in it.
type List = (&'static str, &'static str, &'static [Stored]);

#[derive(Template)]
#[template(path = "cookies.html")]
struct Cookies<'a> {
    shell: &'a Shell<'a>,
    lists: [List; 2],
    /// Whether the operator has configured a tag of an advertising network.
    has_tag: bool,
}

/// The page of the vendors. It states which of those that may train are offered all the same.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn vendors(shell: &Shell<'_>, training: &TrainingVendors) -> Result<String> {
    let named = training.allowed().filter_map(|provider| vendor(provider.as_str()));
    let allowed = named.filter(|vendor| !vendor.training.is_excluded()).map(|vendor| vendor.name).collect();
    written(&Vendors { shell, vendors: VENDORS, allowed })
}

/// The page of the processing of personal data, and how long each kind is kept.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn processing(shell: &Shell<'_>) -> Result<String> {
    written(&Processing { shell, activities: PROCESSING, retention: RETENTION, security: SECURITY })
}

/// The page of what the browser stores, with the choice about advertising if there is one to make.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn cookies(shell: &Shell<'_>, has_tag: bool) -> Result<String> {
    let storage = "Storage of your browser, which is sent to nobody";
    written(&Cookies { shell, lists: [("cookies", "Cookies", COOKIES), ("storage", storage, STORAGE)], has_tag })
}
