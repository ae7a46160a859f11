//! P05: the works of a person stay as long as their account. These tests check the template;
//! `tests/functions/works.rs` checks the functions.

use crate::{
    assert_found, assert_none,
    template::{BUCKET, Template},
    yaml::Node,
};

/// Keys of a lifecycle rule that leave the current version alone.
const HARMLESS: [&str; 5] =
    ["Id", "Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "ExpiredObjectDeleteMarker"];

/// Keys that a rule for this prefix alone may also have: no work lies below it.
const UPLOADS: (&str, [&str; 2]) = ("uploads/", ["Prefix", "ExpirationInDays"]);

/// The keys of a rule that delete works.
fn harm(rule: &Node) -> impl Iterator<Item = &str> {
    let is_of_uploads = rule.at(&["Prefix"]).and_then(Node::text) == Some(UPLOADS.0);
    rule.keys().filter(move |key| !(HARMLESS.contains(key) || is_of_uploads && UPLOADS.1.contains(key)))
}

fn findings(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for bucket in template.all(BUCKET) {
        if bucket.get(&["VersioningConfiguration", "Status"]).and_then(Node::text) != Some("Enabled") {
            findings.push(format!("{}: switch versioning on, so that no work is overwritten", bucket.name));
        }
        let rules = bucket.get(&["LifecycleConfiguration", "Rules"]).map_or(&[][..], Node::items);
        let harmful = rules.iter().flat_map(harm);
        findings.extend(
            harmful.map(|key| format!("{}: {key} would delete works of people who still have an account", bucket.name)),
        );
    }
    findings
}

#[test]
fn no_rule_of_the_bucket_deletes_a_work() {
    assert_none(findings(&Template::read()));
    let expiring = Template::with("            ExpiredObjectDeleteMarker: true", "            ExpirationInDays: 365");
    assert_found(&findings(&expiring), "Media: ExpirationInDays would delete works");
    let all = Template::with("            Prefix: uploads/\n", "");
    assert_found(&findings(&all), "Media: ExpirationInDays would delete works");
    let works = Template::with("Prefix: uploads/", "Prefix: generations/");
    assert_found(&findings(&works), "Media: ExpirationInDays would delete works");
    assert_found(&findings(&Template::with("Status: Enabled}", "Status: Suspended}")), "Media: switch versioning on");
}
