//! An alarm rings before a promise breaks, and whenever something stops without a word.

use crate::{
    assert_found, assert_none,
    retention::FIRST_ALARM,
    template::{ALARM, API, FUNCTION, METRIC_FILTER, QUEUE, Resource, TABLE, Template, target},
    tree,
    watched::{Watched, expression, is_summed, number, on, text, threshold, watched},
    yaml::Node,
};
use std::collections::BTreeSet;

/// The namespace of our metrics, as `shared/runtime/src/metric.rs` declares it.
pub const NAMESPACE: &str = "Cinemaxsai";
/// The namespace of the metrics that filters count in the logs, as the template writes it.
pub const COUNTED: &str = "Cinemaxsai/${Stage}";
/// The metric of `schedule-purges`: how many days are left until `LIVE_BY` to erase the oldest
/// deletion. The function computes it from the template's parameters, so the thresholds are constant.
const DAYS_LEFT: &str = "DeletionDaysLeft";
/// The metric of `generate`: it refused a request because the provider has reached its cap.
const CAP_BITES: &str = "SpendCapRefusals";
/// The metric of `refresh-session`: a used refresh token came again, and the session was ended.
const REUSES: &str = "RefreshTokenReuses";
/// The days left at which an alarm rings.
const THRESHOLDS: [i64; 3] = [3, 6, FIRST_ALARM];
/// The metric of a filter: answers that a model or a provider is switched off.
const PAUSED: &str = "ProviderPausedAnswers";
/// The metric of `identity-webhook`: messages that it answers 503, because their key is unknown yet. Strangers can send them.
const UNKNOWN_KEYS: &str = "UnknownKeyNotices";

/// The most runs of a schedule that may be missed before its heartbeat rings.
const MISSED_RUNS: i64 = 5;
/// The longest that a message may wait for its worker, in seconds, where a promise depends on it.
const LONGEST_WAITS: [(&str, i64, &str); 2] = [
    ("GenerationQueue", 600, "the shortest deadline in shared/generations/catalogue.json"),
    ("MediaQueue", 600, "Black Forest Labs keeps an output for ten minutes"),
];
/// The most metrics of an alarm, by the quotas of CloudWatch.
const METRICS: usize = 10;

fn findings(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    let on_one = [
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        (NAMESPACE, CAP_BITES),
        (NAMESPACE, REUSES),
        (COUNTED, "UnauthenticatedAnswers"),
        (COUNTED, "WebhookRefusals"),
        (COUNTED, "TooManyRequestsAnswers"),
    ];
    for (namespace, metric) in on_one {
        // The heartbeats subtract the errors of one function.
        let whole = on(template, namespace, metric).filter(|alarm| {
            watched(*alarm).iter().all(|it| !it.is(namespace, metric) || it.of("FunctionName").is_none())
        });
        if whole.count() != 1 {
            findings.push(format!("let one alarm ring on {metric} of {namespace}"));
        }
    }
    let silent = template.all(ALARM).filter(|alarm| alarm.get(&["AlarmActions"]).is_none());
    findings.extend(silent.map(|alarm| format!("{}: send it to the topic", alarm.name)));
    for alarm in template.all(ALARM) {
        if !alarm.name.ends_with("Alarm") {
            findings.push(format!("{}: let its name end in Alarm, so that its page is looked for", alarm.name));
        }
        if watched(alarm).len() > METRICS {
            findings.push(format!("{}: an alarm takes {METRICS} metrics at most: make two of it", alarm.name));
        }
    }
    findings
}

/// The deletion's alarms ring while there is time.
fn days_left(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
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
    findings
}

/// The seconds between two runs of a schedule.
fn rate(schedule: &str) -> Option<i64> {
    let (count, unit) = schedule.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        _ => return None,
    };
    Some(count.parse::<i64>().ok()? * seconds)
}

/// Every schedule has an alarm on its runs that did not fail. Missing data are runs that did not happen.
fn heartbeats(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        let Some(("ScheduleV2", event)) = function.trigger() else { continue };
        let name = format!("{}HeartbeatAlarm", function.name);
        let schedule = event.and_then(|event| event.at(&["ScheduleExpression"])?.text()).unwrap_or_default();
        let (Some(alarm), Some(rate)) = (template.find(ALARM, &name), rate(schedule)) else {
            findings.push(format!("{}: write {name}, an alarm on its runs that did not fail", function.name));
            continue;
        };
        let watched = watched(alarm);
        let counts = |metric: &str| {
            let mut own = watched.iter().filter(|it| it.of("FunctionName") == Some(function.name));
            own.find(|it| it.is("AWS/Lambda", metric) && it.statistic == "Sum")
        };
        let difference =
            counts("Invocations").zip(counts("Errors")).map(|(runs, errors)| format!("{} - {}", runs.id, errors.id));
        if watched.len() != 2 || difference.is_none() || expression(alarm) != difference.as_deref() {
            findings.push(format!("{name}: ring on Invocations - Errors of {}", function.name));
        }
        let within =
            watched.iter().all(|it| it.period <= MISSED_RUNS * rate) && number(alarm, "EvaluationPeriods") == Some(1);
        if !within {
            findings.push(format!("{name}: ring after {MISSED_RUNS} missed runs at the latest"));
        }
        let below_one = text(alarm, "ComparisonOperator") == "LessThanThreshold" && threshold(alarm) == Some(1);
        if !below_one || text(alarm, "TreatMissingData") != "breaching" {
            findings.push(format!("{name}: ring below 1, and treat missing data as breaching"));
        }
    }
    findings
}

/// Every dead-letter queue rings when it is not empty, and every other queue when its oldest message is old.
fn queues(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    let of = |metric: &'static str, queue: &str| -> Option<Resource<'_>> {
        on(template, "AWS/SQS", metric).find(|alarm| watched(*alarm).iter().any(|it| it.of("QueueName") == Some(queue)))
    };
    for queue in template.all(QUEUE) {
        let Some(dead) = queue.get(&["RedrivePolicy", "deadLetterTargetArn"]).and_then(target) else { continue };
        if of("ApproximateNumberOfMessagesVisible", dead).and_then(threshold) != Some(0) {
            findings.push(format!("{dead}: let an alarm ring when it is not empty"));
        }
        let Some(alarm) = of("ApproximateAgeOfOldestMessage", queue.name) else {
            findings.push(format!("{}: let an alarm ring when its oldest message is old", queue.name));
            continue;
        };
        // SQS counts a message that a worker has.
        let visibility = queue.get(&["VisibilityTimeout"]).and_then(Node::number).unwrap_or_default();
        let longest = LONGEST_WAITS.iter().find(|(name, ..)| *name == queue.name);
        let seconds = threshold(alarm).unwrap_or_default();
        if seconds <= visibility || text(alarm, "Statistic") != "Maximum" {
            findings.push(format!("{}: ring above {visibility} s, the longest run, by the maximum", alarm.name));
        }
        if let Some((_, most, why)) = longest.filter(|(_, most, _)| seconds >= *most) {
            findings.push(format!("{}: ring before {most} s: {why}", alarm.name));
        }
    }
    findings
}

/// Every table rings when DynamoDB refuses requests to it or to one of its indexes.
fn tables(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for table in template.all(TABLE) {
        let name = format!("{}ThrottlesAlarm", table.name);
        let indexes = table.get(&["GlobalSecondaryIndexes"]).map_or(&[][..], Node::items).iter();
        let indexes = indexes.filter_map(|index| index.at(&["IndexName"])?.text()).map(Some);
        let Some(alarm) = template.find(ALARM, &name) else {
            findings.push(format!("{}: write {name}, an alarm on its throttle events", table.name));
            continue;
        };
        let watched = watched(alarm);
        for index in indexes.chain([None]) {
            for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
                let counts = |it: &Watched<'_>| {
                    let is_of = it.of("TableName") == Some(table.name) && it.of("GlobalSecondaryIndexName") == index;
                    it.is("AWS/DynamoDB", metric) && is_of && it.statistic == "Sum"
                };
                if !watched.iter().any(counts) || !is_summed(alarm) {
                    findings.push(format!("{name}: add {metric} of {} to the sum", index.unwrap_or(table.name)));
                }
            }
        }
    }
    findings
}

/// An alarm rings at the first refusal of a webhook or a job, and one on all functions of the AWS account.
fn throttles(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    let alarms: Vec<_> = on(template, "AWS/Lambda", "Throttles").collect();
    for function in template.all(FUNCTION).filter(|function| function.is_webhook_or_job()) {
        let tells = |alarm: &&Resource<'_>| {
            let own = watched(**alarm).iter().any(|it| it.of("FunctionName") == Some(function.name));
            own && threshold(**alarm) == Some(1) && is_summed(**alarm)
        };
        if alarms.iter().filter(tells).count() != 1 {
            findings.push(format!("{}: let one alarm ring when Lambda refuses a call of it", function.name));
        }
    }
    let whole = alarms.iter().filter(|alarm| watched(**alarm).iter().all(|it| it.dimensions.is_empty()));
    if whole.count() != 1 {
        findings.push("let one alarm ring when Lambda refuses calls of any function".to_owned());
    }
    findings
}

/// A paused provider is no fault, and no message under a new key: their answers are counted apart, and subtracted from
/// the faults.
fn faults(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    let api = template.all(API).next().map(|api| api.name);
    for alarm in on(template, "AWS/ApiGateway", "5xx") {
        let watched = watched(alarm);
        let answers = watched.iter().find(|it| it.is("AWS/ApiGateway", "5xx") && it.of("ApiId") == api);
        let paused = watched.iter().find(|it| it.is(COUNTED, PAUSED));
        let unknown = watched.iter().find(|it| it.is(NAMESPACE, UNKNOWN_KEYS));
        let difference = answers.zip(paused).zip(unknown).map(|((answers, paused), unknown)| {
            format!("{} - FILL({}, 0) - FILL({}, 0)", answers.id, paused.id, unknown.id)
        });
        if difference.is_none() || expression(alarm) != difference.as_deref() {
            findings.push(format!("{}: ring on 5xx without {PAUSED} and {UNKNOWN_KEYS}", alarm.name));
        }
    }
    let alone = on(template, COUNTED, PAUSED).filter(|alarm| watched(*alarm).len() == 1);
    if alone.count() != 1 {
        findings.push(format!("let one alarm ring on {PAUSED} alone"));
    }
    let counted: BTreeSet<_> = template.all(METRIC_FILTER).flat_map(metrics).collect();
    let rung: BTreeSet<_> =
        template.all(ALARM).flat_map(watched).filter(|it| it.namespace == COUNTED).map(|it| it.metric).collect();
    if counted != rung {
        findings.push(format!("the filters count {counted:?}, and the alarms ring on {rung:?}"));
    }
    findings
}

/// The metrics of a filter, if it counts 0 where nothing matches: a difference needs a value.
fn metrics(filter: Resource<'_>) -> Vec<&str> {
    let transformations = filter.get(&["MetricTransformations"]).map_or(&[][..], Node::items);
    let counted = transformations.iter().filter(|it| {
        let namespace = it.at(&["MetricNamespace"]).and_then(|namespace| namespace.behind("!Sub"));
        namespace == Some(COUNTED) && it.at(&["DefaultValue"]).and_then(Node::number) == Some(0)
    });
    counted.filter_map(|it| it.at(&["MetricName"])?.text()).collect()
}

/// The findings of all rules.
fn all(template: &Template) -> Vec<String> {
    [findings, days_left, heartbeats, queues, tables, throttles, faults]
        .iter()
        .flat_map(|check| check(template))
        .collect()
}

#[test]
fn alarms_ring_before_a_promise_breaks() {
    assert_none(all(&Template::read()));
    for (publisher, metric) in [
        ("privacy/schedule-purges", DAYS_LEFT),
        ("generations/generate", CAP_BITES),
        ("identity/refresh-session", REUSES),
        ("identity/identity-webhook", UNKNOWN_KEYS),
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
    let queue_age = "Dimensions: [{Name: QueueName, Value: !GetAtt MediaQueue.QueueName}]";
    for (from, to, found) in [
        ("!GetAtt PurgeDeadLetters.QueueName", "!GetAtt MediaDeadLetters.QueueName", "PurgeDeadLetters: let an alarm"),
        (
            "Threshold: 10\n      ComparisonOperator: LessThanOrEqual",
            "Threshold: 1\n      ComparisonOperator: LessThanOrEqual",
            "alarms must ring at",
        ),
        ("Statistic: Minimum", "Statistic: Maximum", "treat missing data as breaching"),
        ("MetricName: 5xx", "MetricName: 4xx", "on 5xx of AWS/ApiGateway"),
        ("MetricName: SpendCapRefusals", "MetricName: Refusals", "on SpendCapRefusals of Cinemaxsai"),
        ("MetricName: RefreshTokenReuses", "MetricName: Reuses", "on RefreshTokenReuses of Cinemaxsai"),
        (
            "  SweepGenerationsHeartbeatAlarm:",
            "  SweepAlarm:",
            "SweepGenerations: write SweepGenerationsHeartbeatAlarm",
        ),
        ("MetricName: Invocations", "MetricName: Duration", "ring on Invocations - Errors of SweepGenerations"),
        ("Expression: \"runs - errors\"", "Expression: \"runs\"", "ring on Invocations - Errors of SweepGenerations"),
        (
            "Stat: Sum, Period: 300, Metric: {Namespace: AWS/Lambda, MetricName: Invocations",
            "Stat: Sum, Period: 600, Metric: {Namespace: AWS/Lambda, MetricName: Invocations",
            "after 5 missed runs",
        ),
        (
            "LessThanThreshold\n      TreatMissingData: breaching",
            "LessThanThreshold\n      TreatMissingData: notBreaching",
            "treat missing data as breaching",
        ),
        ("rate(1 hour)", "rate(1 minute)", "SchedulePurgesHeartbeatAlarm: ring after 5 missed runs"),
        (
            queue_age,
            "Dimensions: [{Name: QueueName, Value: !GetAtt PurgeQueue.QueueName}]",
            "MediaQueue: let an alarm ring when its oldest",
        ),
        ("Threshold: 420", "Threshold: 660", "MediaQueueAgeAlarm: ring before 600 s"),
        ("Threshold: 420", "Threshold: 330", "MediaQueueAgeAlarm: ring above 330 s"),
        ("  CreditsThrottlesAlarm:", "  CreditAlarm:", "Credits: write CreditsThrottlesAlarm"),
        ("Value: open}", "Value: due}", "add ReadThrottleEvents of open"),
        (
            "Dimensions: [{Name: FunctionName, Value: !Ref RunGeneration}]",
            "Dimensions: [{Name: FunctionName, Value: !Ref Site}]",
            "RunGeneration: let one alarm ring when Lambda refuses",
        ),
        ("answers - FILL(paused, 0)", "answers", "ring on 5xx without ProviderPausedAnswers"),
        (" - FILL(unknown, 0)", "", "ring on 5xx without ProviderPausedAnswers and UnknownKeyNotices"),
        ("MetricName: WebhookRefusals, MetricValue", "MetricName: Refusals, MetricValue", "the filters count"),
        ("DefaultValue: 0", "DefaultValue: 1", "the filters count"),
        ("  SpendCapAlarm:", "  SpendCap:", "SpendCap: let its name end in Alarm"),
    ] {
        assert_found(&all(&Template::with(from, to)), found);
    }
}
