//! An alarm rings before a promise breaks.

use crate::{
    assert_found, assert_none,
    retention::FIRST_ALARM,
    template::{ALARM, QUEUE, Resource, Template, target},
    tree,
    yaml::Node,
};
use std::collections::BTreeSet;

/// The namespace of our metrics, as `shared/runtime/src/metric.rs` declares it.
const NAMESPACE: &str = "Cinemaxsai";
/// The metric of `schedule-purges`: how many days are left until `LIVE_BY` to erase the oldest
/// deletion. The function computes it from the template's parameters, so the thresholds are constant.
const DAYS_LEFT: &str = "DeletionDaysLeft";
/// The metric of `generate`: it refused a request because the provider has reached its cap.
const CAP_BITES: &str = "SpendCapRefusals";
/// The metric of `refresh-session`: a used refresh token came again, and the session was ended.
const REUSES: &str = "RefreshTokenReuses";
/// The days left at which an alarm rings.
const THRESHOLDS: [i64; 3] = [3, 6, FIRST_ALARM];

fn text<'a>(alarm: Resource<'a>, key: &str) -> &'a str {
    alarm.get(&[key]).and_then(Node::text).unwrap_or_default()
}

fn threshold(alarm: Resource<'_>) -> Option<i64> {
    alarm.get(&["Threshold"]).and_then(Node::number)
}

/// The alarms on a metric.
fn on<'a>(template: &'a Template, namespace: &'a str, metric: &'a str) -> impl Iterator<Item = Resource<'a>> {
    template.all(ALARM).filter(move |it| text(*it, "Namespace") == namespace && text(*it, "MetricName") == metric)
}

/// The resource that an alarm's one dimension names.
fn dimension(alarm: Resource<'_>) -> Option<&str> {
    let [dimension] = alarm.get(&["Dimensions"])?.items() else { return None };
    target(dimension.at(&["Value"])?)
}

fn findings(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for queue in template.all(QUEUE) {
        let Some(dead) = queue.get(&["RedrivePolicy", "deadLetterTargetArn"]).and_then(target) else { continue };
        let watches = on(template, "AWS/SQS", "ApproximateNumberOfMessagesVisible")
            .any(|alarm| dimension(alarm) == Some(dead) && threshold(alarm) == Some(0));
        if !watches {
            findings.push(format!("{dead}: let an alarm ring when it is not empty"));
        }
    }
    let on_one = [("AWS/ApiGateway", "5xx"), ("AWS/Lambda", "Errors"), (NAMESPACE, CAP_BITES), (NAMESPACE, REUSES)];
    for (namespace, metric) in on_one {
        if on(template, namespace, metric).count() != 1 {
            findings.push(format!("let one alarm ring on {metric} of {namespace}"));
        }
    }
    let days_left: Vec<_> = on(template, NAMESPACE, DAYS_LEFT).collect();
    let found: BTreeSet<_> = days_left.iter().filter_map(|alarm| threshold(*alarm)).collect();
    if found != BTreeSet::from(THRESHOLDS) {
        findings.push(format!("{DAYS_LEFT}: alarms must ring at {THRESHOLDS:?} days, not at {found:?}"));
    }
    for alarm in days_left {
        // A schedule that does not run publishes nothing.
        if text(alarm, "TreatMissingData") != "breaching" || text(alarm, "Statistic") != "Minimum" {
            findings.push(format!("{}: use the minimum, and treat missing data as breaching", alarm.name));
        }
        if text(alarm, "ComparisonOperator") != "LessThanOrEqualToThreshold" {
            findings.push(format!("{}: ring at the threshold and below it", alarm.name));
        }
    }
    let silent = template.all(ALARM).filter(|alarm| alarm.get(&["AlarmActions"]).is_none());
    findings.extend(silent.map(|alarm| format!("{}: send it to the topic", alarm.name)));
    findings
}

#[test]
fn alarms_ring_before_a_promise_breaks() {
    assert_none(findings(&Template::read()));
    for (publisher, metric) in [
        ("privacy/schedule-purges", DAYS_LEFT),
        ("generations/generate", CAP_BITES),
        ("identity/refresh-session", REUSES),
    ] {
        let code = tree::code(&tree::read(&format!("functions/{publisher}/src/lib.rs")));
        assert!(tree::literals(&code).contains(&metric), "{publisher} must publish {metric}");
    }
    let declared = tree::read("shared/runtime/src/metric.rs");
    let declaration = format!("pub const NAMESPACE: &str = \"{NAMESPACE}\";");
    assert!(
        declared.contains(&declaration),
        "runtime's metrics have another namespace: change it here and in the alarms"
    );
}

#[test]
fn an_alarm_that_is_missing_or_rings_too_late_is_found() {
    for (from, to, found) in [
        ("!GetAtt PurgeDeadLetters.QueueName", "!GetAtt MediaDeadLetters.QueueName", "PurgeDeadLetters: let an alarm"),
        ("Threshold: 10\n", "Threshold: 1\n", "alarms must ring at"),
        ("TreatMissingData: breaching", "TreatMissingData: notBreaching", "treat missing data as breaching"),
        ("MetricName: 5xx", "MetricName: 4xx", "on 5xx of AWS/ApiGateway"),
        ("MetricName: SpendCapRefusals", "MetricName: Refusals", "on SpendCapRefusals of Cinemaxsai"),
        ("MetricName: RefreshTokenReuses", "MetricName: Reuses", "on RefreshTokenReuses of Cinemaxsai"),
    ] {
        assert_found(&findings(&Template::with(from, to)), found);
    }
}
