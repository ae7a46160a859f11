//! The register of privacy says what the code, the template and the list of promises say, and models whose vendor may
//! train are withheld.

mod offer;
mod stored;

use kernel::limits;
use policy::{assert_found, assert_none, template::Template, tree, yaml::Node};
use providers::ProviderName;
use register::{
    operator::FIELDS,
    promises::PROMISES,
    retention::{Enforced, RETENTION, Retention},
    vendors::{VENDORS, vendor},
};
use std::{collections::BTreeSet, time::Duration};

/// Our own origin is a parameter too.
const OURS: &str = "PublicOrigin";

/// Parameters by which the template reaches others, and the vendors that the register names for them.
fn vendors_and_parameters(template: &Template) -> Vec<String> {
    let is_foreign = |(name, parameter): &&(String, Node)| {
        let default = parameter.at(&["Default"]).and_then(Node::text);
        name != OURS && default.is_some_and(|default| default.starts_with("https://"))
    };
    let reached: BTreeSet<_> = template.parameters().iter().filter(is_foreign).map(|(name, _)| name.as_str()).collect();
    let named: BTreeSet<_> = VENDORS.iter().flat_map(|vendor| vendor.parameters.iter().copied()).collect();
    let unnamed = reached.difference(&named);
    let unnamed = unnamed.map(|name| format!("{name} leads to a vendor: name it in shared/register/src/vendors.rs"));
    let idle = named.difference(&reached);
    unnamed.chain(idle.map(|name| format!("the template has no address {name}: correct the register"))).collect()
}

#[test]
fn the_register_names_every_vendor_that_the_template_can_reach() {
    let template = Template::read();
    assert_none(vendors_and_parameters(&template));
    assert!(vendor("aws").is_some_and(|aws| aws.parameters.is_empty()), "AWS runs all, and has no address here");
    let unreached = VENDORS.iter().filter(|vendor| vendor.key != "aws" && vendor.parameters.is_empty());
    assert_eq!(unreached.count(), 0, "a vendor that nothing reaches does not belong to the register");
    let another = Template::with("  StripeApi:\n", "  TracesApi:\n    Default: https://traces.example\n  StripeApi:\n");
    assert_found(&vendors_and_parameters(&another), "TracesApi leads to a vendor");
    let renamed = Template::with("  StripeApi:\n", "  StripeAddress:\n");
    assert_found(&vendors_and_parameters(&renamed), "the template has no address StripeApi");
}

#[test]
fn the_register_names_every_provider_and_every_partner_of_sign_in() {
    let providers = ProviderName::ALL.iter().map(|provider| provider.as_str());
    let missing: Vec<_> =
        providers.chain(["google", "apple", "facebook"]).filter(|key| vendor(key).is_none()).collect();
    assert!(missing.is_empty(), "add {missing:?} to shared/register/src/vendors.rs");
}

#[test]
fn the_register_has_the_promises_that_the_tests_prove() {
    let file = tree::read("tests/promises.toml");
    assert_eq!(file.matches("\n[P").count(), PROMISES.len(), "the register must have every promise");
    for promise in PROMISES {
        let entry = format!("\n[{}]\npromise = \"{}\"\n", promise.id, promise.title);
        assert!(file.contains(&entry), "{}: tests/promises.toml must say {:?}", promise.id, promise.title);
    }
}

/// The limits that enforce a period.
fn limit(name: &str) -> Option<Duration> {
    match name {
        "UPLOAD_LIFETIME" => Some(limits::UPLOAD_LIFETIME),
        "SIGN_IN_LOG_LIFETIME" => Some(limits::SIGN_IN_LOG_LIFETIME),
        "SESSION_LIFETIME" => Some(limits::SESSION_LIFETIME),
        "WELCOME_MARKER_LIFETIME" => Some(limits::WELCOME_MARKER_LIFETIME),
        _ => None,
    }
}

/// The seconds by which a period is enforced, in the code or in the template. `None` for one that ends with the account.
fn enforced(template: &Template, retention: &Retention) -> Option<(u64, u64)> {
    const DAY: u64 = 24 * 60 * 60;
    let days = |keys: &[&str]| template.at(keys).and_then(Node::number).and_then(|days| u64::try_from(days).ok());
    match retention.enforced_by {
        Enforced::Erasure => None,
        Enforced::Limit(name, seconds) => Some((seconds, limit(name)?.as_secs())),
        Enforced::Metadata(name, told) => Some((told * DAY, days(&["Metadata", "Retention", name])? * DAY)),
        Enforced::Parameter(name, told) => Some((told * DAY, days(&["Parameters", name, "Default"])? * DAY)),
    }
}

#[test]
fn every_period_of_retention_is_the_one_that_is_enforced() {
    let template = Template::read();
    for retention in RETENTION {
        let Some((told, real)) = enforced(&template, retention) else {
            assert_eq!(retention.enforced_by, Enforced::Erasure, "{}: nothing enforces it", retention.key);
            assert!(retention.how_long.starts_with("as long as the account exists"), "{}", retention.key);
            continue;
        };
        assert_eq!(told, real, "{}: the register and {:?}", retention.key, retention.enforced_by);
        let days = real / 86_400;
        let words = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        assert_eq!(retention.how_long, words, "{}", retention.key);
    }
    let days = |duration: Duration| duration.as_secs() / 86_400;
    let (grace, closed) = (days(limits::DELETION_GRACE), days(limits::CLOSED_CASE_LIFETIME));
    let told = |key| register::retention::retention(key).map(|retention| retention.how_long);
    assert_eq!(told("grace"), Some(format!("{grace} days").as_str()));
    assert_eq!(told("cases"), Some(format!("{closed} days").as_str()));
    assert_eq!(told("deletion"), Some(format!("{} days", days(limits::DELETION_DUE)).as_str()));
}

/// A deployment that keeps its copies longer than the defaults would make the policy untrue.
#[test]
fn the_policy_holds_for_the_defaults_and_the_operators_guide_says_so() {
    let guide = tree::read("infra/deploy.md");
    for parameter in ["PitrDays", "LogDays"] {
        let row = guide.lines().find(|line| line.starts_with(&format!("| `{parameter}`"))).unwrap_or_default();
        assert!(row.contains("a new version of the policy"), "infra/deploy.md must say it of {parameter}: {row}");
    }
}

#[test]
fn every_field_of_the_operator_is_a_parameter() {
    let template = Template::read();
    for field in FIELDS {
        let parameter = policy::template::pascal_case(field);
        assert!(template.at(&["Parameters", &parameter]).is_some(), "{field}: the template has no {parameter}");
    }
}
