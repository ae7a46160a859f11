//! P05: what a person has made stays as long as their account.

use crate::{
    assert_found, assert_none,
    template::{BUCKET, Template},
    yaml::Node,
};
use std::time::Duration;
use tests::{App, prompt};

/// What a lifecycle rule may say. Nothing of it touches the version that is shown.
const HARMLESS: [&str; 5] =
    ["Id", "Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "ExpiredObjectDeleteMarker"];

/// What a rule may say beyond that of this prefix alone, below which nothing is a work.
const UPLOADS: (&str, [&str; 2]) = ("uploads/", ["Prefix", "ExpirationInDays"]);

/// The keys of a rule that take something away.
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
            harmful.map(|key| format!("{}: {key} would take works from people who are still here", bucket.name)),
        );
    }
    findings
}

#[test]
fn no_rule_of_the_bucket_takes_a_work_away() {
    assert_none(findings(&Template::read()));
    let expiring = Template::with("            ExpiredObjectDeleteMarker: true", "            ExpirationInDays: 365");
    assert_found(&findings(&expiring), "Media: ExpirationInDays would take works");
    let all = Template::with("            Prefix: uploads/\n", "");
    assert_found(&findings(&all), "Media: ExpirationInDays would take works");
    let works = Template::with("Prefix: uploads/", "Prefix: generations/");
    assert_found(&findings(&works), "Media: ExpirationInDays would take works");
    assert_found(&findings(&Template::with("Status: Enabled}", "Status: Suspended}")), "Media: switch versioning on");
}

#[tokio::test(start_paused = true)]
async fn works_are_there_two_years_later_and_without_credits() {
    let app = App::new(5).await;
    let person = app.sign_in("ada").await;
    let mut made = 0;
    loop {
        match person.generate(&prompt("a lighthouse in a storm")).await.outcome() {
            (202, _) => made += 1,
            (429, _) => drop(app.rest().await),
            (402, _) => break,
            other => panic!("a generation is taken, or there is no place or no credit for it; not {other:?}"),
        }
    }
    app.rest().await;
    app.world().advance(Duration::from_secs(2 * 365 * 24 * 60 * 60));
    app.world().sweep_expired();

    let person = app.sign_in("ada").await;
    let answer = person.get("/v1/generations?limit=100").await.expect(200).json();
    let works = answer["items"].as_array().expect("a list has items");
    assert_eq!(works.len(), made, "the gallery must show every work");
    for work in works {
        assert_eq!(work["status"], "succeeded", "{work}");
        for link in ["url", "download_url"] {
            let link = work["outputs"][0][link].as_str().expect("an output has links");
            assert_eq!(app.world().fetch(link).status(), 200, "the file must be there: {link}");
        }
    }
}
