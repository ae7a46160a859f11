//! An alarm rings before a promise breaks.

use crate::{
    assert_found, assert_none,
    retention::FIRST_ALARM,
    template::{ALARM, QUEUE, Resource, Template, target},
    tree,
    yaml::Node,
};
use std::collections::BTreeSet;

/// The metric of `schedule-purges`: the days that are left until `LIVE_BY` to erase the
/// oldest deletion. So the thresholds follow the template's parameters by themselves.
const DAYS_LEFT: &str = "DeletionDaysLeft";
/// The metric of `generate`: refusals because a provider has reached its daily cap.
const CAP_REFUSALS: &str = "SpendCapRefusals";
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
    for (namespace, metric) in
        [("AWS/ApiGateway", "5xx"), ("AWS/Lambda", "Errors"), (runtime::metric::NAMESPACE, CAP_REFUSALS)]
    {
        if on(template, namespace, metric).count() != 1 {
            findings.push(format!("let one alarm ring on {metric} of {namespace}"));
        }
    }
    let days_left: Vec<_> = on(template, runtime::metric::NAMESPACE, DAYS_LEFT).collect();
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
    let publisher = tree::read("functions/privacy/schedule-purges/src/lib.rs");
    assert!(publisher.contains(&format!("\"{DAYS_LEFT}\"")), "schedule-purges must publish {DAYS_LEFT}");
    let publisher = tree::read("functions/generations/generate/src/lib.rs");
    assert!(publisher.contains(&format!("\"{CAP_REFUSALS}\"")), "generate must publish {CAP_REFUSALS}");
}

#[test]
fn an_alarm_that_is_missing_or_rings_too_late_is_found() {
    for (from, to, found) in [
        ("!GetAtt PurgeDeadLetters.QueueName", "!GetAtt MediaDeadLetters.QueueName", "PurgeDeadLetters: let an alarm"),
        ("Threshold: 10\n", "Threshold: 1\n", "alarms must ring at"),
        ("TreatMissingData: breaching", "TreatMissingData: notBreaching", "treat missing data as breaching"),
        ("MetricName: 5xx", "MetricName: 4xx", "on 5xx of AWS/ApiGateway"),
        ("MetricName: SpendCapRefusals", "MetricName: Refusals", "on SpendCapRefusals of Cinemaxsai"),
    ] {
        assert_found(&findings(&Template::with(from, to)), found);
    }
}
