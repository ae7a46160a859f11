//! The 30-day arithmetic: the retention periods of the template fit the promise that everything is
//! erased 30 days after a person asks for deletion.

use crate::{
    assert_found, assert_none,
    template::{
        self, ALARM, API, BUCKET, BUCKET_POLICY, FUNCTION, LOGS, METRIC_FILTER, QUEUE, Resource, TABLE, Template,
        pascal_case,
    },
    tree,
    yaml::Node,
};
use std::collections::BTreeSet;

/// Days from the request to the last copy, as the policy promises.
const PROMISED: i64 = 30;
/// The first alarm rings this many days before `LIVE_BY`. It must not ring in the grace period.
pub(crate) const FIRST_ALARM: i64 = 10;
/// The table of receipts. It is never rolled back, so its recovery is as short as possible.
const RECEIPTS: &str = "DeletionReceipts";
/// The table of cases. Some of them belong to no account, so only their own lifetime ends them.
const CASES: &str = "Cases";
/// The table of items that are kept for a day at most. It has no recovery, so they must expire.
const TRANSIENT: &str = "Transient";
/// Days that a closed case is kept.
const CLOSED_CASE: i64 = 90;
/// The file in which the code has the same number.
const LIMITS: &str = "shared/kernel/src/limits.rs";
/// The log group of the API. All other log groups belong to an area.
const API_LOGS: &str = "ApiLogs";
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// The days of a value: the default, and the most that the template allows.
#[derive(Clone, Copy)]
struct Days {
    usual: i64,
    most: i64,
}

fn days(template: &Template, value: Option<&Node>) -> Option<Days> {
    let value = value?;
    if let Some(days) = value.number() {
        return Some(Days { usual: days, most: days });
    }
    let parameter = template.at(&["Parameters", value.behind("!Ref")?])?;
    let usual = parameter.at(&["Default"])?.number()?;
    let allowed = parameter.at(&["AllowedValues"]).map_or(&[][..], Node::items);
    let bound = parameter.at(&["MaxValue"]).and_then(Node::number);
    let most = bound.or_else(|| allowed.iter().filter_map(Node::number).max())?;
    Some(Days { usual, most })
}

struct Check<'a> {
    template: &'a Template,
    grace: i64,
    findings: Vec<String>,
    /// The periods of copies that outlive the live data: recovery and logs.
    outliving: Vec<Days>,
}

impl Check<'_> {
    /// Grace and retention together must keep the promise with every value that is allowed.
    fn fits(&mut self, what: &str, kept: Option<Days>) -> Option<Days> {
        match kept {
            None => self.findings.push(format!("{what}: say for how many days it is kept, and bound the parameter")),
            Some(Days { most, .. }) if most < 1 || self.grace + most > PROMISED => {
                let (grace, sum) = (self.grace, self.grace + most);
                self.findings.push(format!("{what}: {grace} days of grace + {most} = {sum}, more than {PROMISED}"));
            }
            Some(_) => {}
        }
        kept
    }

    fn outlives(&mut self, what: &str, kept: Option<Days>) {
        let kept = self.fits(what, kept);
        self.outliving.extend(kept);
    }

    /// A number in `Metadata.Retention` must be the one that is set.
    fn is_told(&mut self, what: &str, told: &str, is: i64) {
        if self.template.at(&["Metadata", "Retention", told]).and_then(Node::number) != Some(is) {
            self.findings.push(format!("{what}: Metadata.Retention.{told} must be {is}, as it is set"));
        }
    }

    fn resource(&mut self, resource: Resource<'_>) {
        let name = resource.name;
        match resource.r#type() {
            FUNCTION => self.writes_to(name, resource.get(&["LoggingConfig", "LogGroup"])),
            API => self.writes_to(name, resource.get(&["AccessLogSettings", "DestinationArn"])),
            LOGS => self.outlives(name, days(self.template, resource.get(&["RetentionInDays"]))),
            TABLE if name == TRANSIENT => self.expires(resource),
            TABLE => {
                let recovery = resource.get(&["PointInTimeRecoverySpecification"]);
                if !recovery.and_then(|it| it.at(&["PointInTimeRecoveryEnabled"])).is_some_and(Node::is_true) {
                    self.findings.push(format!("{name}: switch point-in-time recovery on"));
                }
                // The default of DynamoDB is 35 days.
                let kept = days(self.template, recovery.and_then(|it| it.at(&["RecoveryPeriodInDays"])));
                if let (RECEIPTS, Some(days)) = (name, &kept) {
                    self.is_told(name, "ReceiptRecoveryDays", days.usual);
                }
                self.outlives(name, kept);
                if name == CASES {
                    self.cases(resource);
                }
            }
            QUEUE => self.queue(resource),
            BUCKET => self.bucket(resource),
            // A filter turns lines into numbers.
            BUCKET_POLICY | ALARM | METRIC_FILTER => {}
            other => self.findings.push(format!("{name}: teach the retention check how long {other} keeps what")),
        }
    }

    fn expires(&mut self, table: Resource<'_>) {
        let expires = table.get(&["TimeToLiveSpecification", "AttributeName"]).and_then(Node::text);
        if expires != Some("expires_at") {
            self.findings.push(format!("{}: let its items expire by expires_at", table.name));
        }
    }

    /// A closed case expires by DynamoDB, after as many days as the code and the metadata say.
    fn cases(&mut self, table: Resource<'_>) {
        self.is_told(table.name, "ClosedCaseDays", CLOSED_CASE);
        self.expires(table);
        let limit = format!("CLOSED_CASE_LIFETIME: Duration = Duration::from_secs({CLOSED_CASE} * 24 * 60 * 60)");
        if !tree::read(LIMITS).contains(&limit) {
            self.findings.push(format!("{LIMITS} must say `{limit}`, as the metadata of the template does"));
        }
    }

    /// CloudWatch keeps the lines of an undeclared log group for ever.
    fn writes_to(&mut self, name: &str, group: Option<&Node>) {
        let group = group.and_then(template::target).and_then(|group| self.template.find(LOGS, group));
        if group.is_none() {
            self.findings.push(format!("{name}: log into a log group of this template"));
        }
    }

    fn queue(&mut self, queue: Resource<'_>) {
        let seconds = |queue: Resource<'_>| queue.get(&["MessageRetentionPeriod"]).and_then(Node::number);
        let kept = seconds(queue).map(|seconds| (seconds + SECONDS_A_DAY - 1) / SECONDS_A_DAY);
        self.fits(queue.name, kept.map(|days| Days { usual: days, most: days }));
        let dead_letters = |queue: Resource<'_>| {
            let target = queue.get(&["RedrivePolicy", "deadLetterTargetArn"]).and_then(template::target)?;
            self.template.find(QUEUE, target)
        };
        let is_dead_letters =
            self.template.all(QUEUE).any(|other| dead_letters(other).is_some_and(|it| it.name == queue.name));
        let Some(kept) = kept else { return };
        if is_dead_letters {
            return self.is_told(queue.name, "DeadLetterDays", kept);
        }
        // SQS counts the age of a dead letter from its first sending.
        match dead_letters(queue) {
            None => self.findings.push(format!("{}: give it a dead-letter queue of this template", queue.name)),
            Some(dead) if seconds(dead) <= seconds(queue) => {
                self.findings.push(format!("{}: keep dead letters longer than {}", dead.name, queue.name));
            }
            Some(_) => {}
        }
        self.is_told(queue.name, "QueueDays", kept);
    }

    fn bucket(&mut self, bucket: Resource<'_>) {
        let rules = bucket.get(&["LifecycleConfiguration", "Rules"]).map_or(&[][..], Node::items);
        // A rule with a filter skips some objects.
        let whole = rules.iter().filter(|rule| {
            let filters = ["Filter", "Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];
            rule.at(&["Status"]).and_then(Node::text) == Some("Enabled")
                && filters.iter().all(|it| rule.at(&[it]).is_none())
        });
        let whole: Vec<_> = whole.collect();
        let rule = |keys: &[&str]| whole.iter().find_map(|rule| days(self.template, rule.at(keys)));
        let noncurrent = rule(&["NoncurrentVersionExpiration", "NoncurrentDays"]);
        let uploads = rule(&["AbortIncompleteMultipartUpload", "DaysAfterInitiation"]);
        self.fits(&format!("{}: old versions", bucket.name), noncurrent);
        self.fits(&format!("{}: uploads in parts", bucket.name), uploads);
        if let Some(Days { usual, .. }) = noncurrent {
            self.is_told(bucket.name, "NoncurrentVersionDays", usual);
        }
        // The lifecycle deletes uploads, in all their versions.
        let uploads = rules.iter().find(|rule| {
            let is = |key: &str, value: &str| rule.at(&[key]).and_then(Node::text) == Some(value);
            is("Status", "Enabled") && is("Prefix", "uploads/")
        });
        let of = |keys: &[&str]| uploads.and_then(|rule| days(self.template, rule.at(keys)));
        let kept = of(&["ExpirationInDays"]).zip(of(&["NoncurrentVersionExpiration", "NoncurrentDays"]));
        let kept = kept.map(|(current, old)| Days { usual: current.usual, most: current.most + old.most });
        if let Some(Days { usual, .. }) = self.fits(&format!("{}: uploads", bucket.name), kept) {
            self.is_told(bucket.name, "UploadDays", usual);
        }
    }

    /// `LIVE_BY`, the last day on which live data may exist, and the numbers that follow from it.
    fn live_by(&mut self) {
        let kept = self.outliving.iter().map(|days| days.usual).max().unwrap_or(PROMISED);
        let live_by = PROMISED - kept;
        if live_by - FIRST_ALARM < self.grace {
            let grace = self.grace;
            self.findings.push(format!(
                "LIVE_BY is day {live_by}: the first alarm, {FIRST_ALARM} days before, rings in the {grace} days of grace"
            ));
        }
        let told = format!("= {PROMISED} - {kept} = {live_by} is the last day for live data");
        if !self.template.text().contains(&told) {
            self.findings.push(format!("the comment at Metadata must say `LIVE_BY = … {told}`"));
        }
    }
}

fn findings(template: &Template) -> Vec<String> {
    let told = |name: &str| template.at(&["Metadata", "Retention", name]).and_then(Node::number);
    let Some(grace) = told("GraceDays") else { return vec!["Metadata.Retention.GraceDays is missing".to_owned()] };
    let mut check = Check { template, grace, findings: Vec::new(), outliving: Vec::new() };
    check.is_told("the promise", "PromisedDays", PROMISED);
    template.resources().for_each(|resource| check.resource(resource));
    check.live_by();
    check.findings
}

/// Each area of `functions/` has one log group, and its functions log into that.
fn log_groups(template: &Template) -> Vec<String> {
    let (mut findings, mut groups) = (Vec::new(), BTreeSet::from([API_LOGS.to_owned()]));
    for function in tree::functions() {
        let group = pascal_case(&function.area) + "Logs";
        let resource = template.find(FUNCTION, &pascal_case(&function.name));
        let named = resource.and_then(|it| it.get(&["LoggingConfig", "LogGroup"])).and_then(|it| it.behind("!Ref"));
        if named != Some(&group) {
            findings.push(format!("{}: log into {group}, the group of its area", function.name));
        }
        groups.insert(group);
    }
    let idle = template.all(LOGS).filter(|group| !groups.contains(group.name));
    findings.extend(idle.map(|group| format!("{}: no area has this log group, take it away", group.name)));
    findings
}

#[test]
fn everything_is_erased_within_thirty_days() {
    assert_none(findings(&Template::read()));
}

#[test]
fn functions_of_an_area_share_a_log_group() {
    assert_none(log_groups(&Template::read()));
    let other = Template::with("LogGroup: !Ref SiteLogs", "LogGroup: !Ref ApiLogs");
    assert_found(&log_groups(&other), "service-status: log into SiteLogs");
    let idle = Template::with("  SiteLogs:\n", "  LoginLogs:\n    Type: AWS::Logs::LogGroup\n  SiteLogs:\n");
    assert_found(&log_groups(&idle), "LoginLogs: no area has this log group");
}

#[test]
fn a_retention_that_is_absent_or_breaks_the_sum_is_found() {
    let recovery =
        "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: !Ref PitrDays}";
    let cases = [
        // Absent.
        (recovery, "", "Accounts: switch point-in-time recovery on"),
        (", RecoveryPeriodInDays: !Ref PitrDays", "", "Accounts: say for how many days"),
        ("{RetentionInDays: !Ref LogDays}", "{LogGroupClass: STANDARD}", "ApiLogs: say for how many days"),
        ("LogGroup: !Ref SiteLogs", "ApplicationLogLevel: INFO", "ServiceStatus: log into a log group"),
        ("LogGroup: !Ref SiteLogs", "LogGroup: !Ref NoLogs", "ServiceStatus: log into a log group"),
        ("DestinationArn: !GetAtt ApiLogs.Arn", "DestinationArn: !GetAtt Other.Arn", "Api: log into a log group"),
        ("MessageRetentionPeriod: 345600", "DelaySeconds: 0", "GenerationQueue: say for how many days"),
        ("{MessageRetentionPeriod: 1209600, ", "{", "GenerationDeadLetters: say for how many days"),
        ("deadLetterTargetArn: !GetAtt MediaDeadLetters.Arn, ", "", "MediaQueue: give it a dead-letter queue"),
        ("            NoncurrentVersionExpiration: {NoncurrentDays: 3}\n", "", "old versions: say for how many days"),
        ("            AbortIncompleteMultipartUpload: {DaysAfterInitiation: 1}\n", "", "parts: say for how many days"),
        (
            "            Status: Enabled\n            Noncurrent",
            "            Status: Disabled\n            Noncurrent",
            "old versions",
        ),
        ("    GraceDays: 7\n", "", "GraceDays is missing"),
        ("    MaxValue: 23\n", "", "Accounts: say for how many days"),
        // Too long.
        ("    GraceDays: 7\n", "    GraceDays: 8\n", "Accounts: 8 days of grace + 23 = 31"),
        ("    MaxValue: 23\n", "    MaxValue: 35\n", "Accounts: 7 days of grace + 35 = 42"),
        ("AllowedValues: [1, 3, 5, 7, 14]", "AllowedValues: [7, 30]", "ApiLogs: 7 days of grace + 30 = 37"),
        ("RetentionInDays: !Ref LogDays", "RetentionInDays: 365", "ApiLogs: 7 days of grace + 365 = 372"),
        ("    Default: 7\n    MinValue", "    Default: 14\n    MinValue", "LIVE_BY is day 16"),
        ("NoncurrentDays: 3", "NoncurrentDays: 90", "old versions: 7 days of grace + 90"),
        ("            ExpirationInDays: 1\n", "", "Media: uploads: say for how many days"),
        ("Prefix: uploads/", "Prefix: upload/", "Media: uploads: say for how many days"),
        (
            "            ExpirationInDays: 1\n",
            "            ExpirationInDays: 30\n",
            "Media: uploads: 7 days of grace + 31",
        ),
        // Metadata and settings differ.
        ("UploadDays: 1", "UploadDays: 2", "UploadDays must be 1"),
        ("ClosedCaseDays: 90", "ClosedCaseDays: 365", "ClosedCaseDays must be 90"),
        ("MessageRetentionPeriod: 345600", "MessageRetentionPeriod: 432000", "QueueDays must be 5"),
        ("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600", "keep dead letters longer"),
        ("PromisedDays: 30", "PromisedDays: 60", "PromisedDays must be 30"),
        ("= 30 - 7 = 23 is", "= 30 - 7 = 24 is", "the comment at Metadata"),
        ("Type: AWS::S3::BucketPolicy", "Type: AWS::Kinesis::Stream", "MediaPolicy: teach the retention check"),
    ];
    for (from, to, found) in cases {
        assert_found(&findings(&Template::with(from, to)), found);
    }
}
