//! Metrics: CloudWatch reads them out of the log, in its embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of our metrics. The template's alarms name it.
pub const NAMESPACE: &str = "Cinemaxsai";

/// The target of metrics. Their lines are the JSON object and nothing else.
pub(crate) const TARGET: &str = "metric";

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// The name, with the unit in it where it is not a count: `OldestOpenDeletionDays`.
    pub name: &'static str,
    /// The value.
    pub value: f64,
}

/// Publishes values that were measured at `now` in a stage, by one line on stdout. They may hold
/// nothing about a person: CloudWatch keeps metrics for 15 months.
pub fn publish(stage: &str, now: Timestamp, metrics: &[Metric]) {
    publish_with(stage, now, metrics, &[]);
}

/// Publishes values as [`publish`] does, with fields beside them. CloudWatch makes no metric of a field, so it costs
/// nothing more; a search of the log finds it. Names and texts are constants of the program, so nothing of a request
/// can be among them.
pub(crate) fn publish_with(stage: &str, now: Timestamp, metrics: &[Metric], fields: &[(&'static str, &'static str)]) {
    tracing::info!(target: TARGET, "{}", document(stage, now, metrics, fields));
}

fn document(stage: &str, now: Timestamp, metrics: &[Metric], fields: &[(&'static str, &'static str)]) -> Value {
    let names: Vec<Value> = metrics.iter().map(|metric| json!({ "Name": metric.name })).collect();
    let mut document = Map::from_iter(metrics.iter().map(|metric| (metric.name.to_owned(), json!(metric.value))));
    document.extend(fields.iter().map(|(name, text)| ((*name).to_owned(), json!(text))));
    document.insert("Stage".to_owned(), json!(stage));
    document.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["Stage"]], "Metrics": names }],
        }),
    );
    Value::Object(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_each_value_beside_its_definition_and_a_field_has_none() {
        let now = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        let metrics =
            [Metric { name: "OpenDeletions", value: 2.0 }, Metric { name: "OldestOpenDeletionDays", value: 8.5 }];
        assert_eq!(
            document("production", now, &metrics, &[("Browser", "firefox")]),
            json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Cinemaxsai",
                        "Dimensions": [["Stage"]],
                        "Metrics": [{ "Name": "OpenDeletions" }, { "Name": "OldestOpenDeletionDays" }],
                    }],
                },
                "Stage": "production",
                "Browser": "firefox",
                "OpenDeletions": 2.0,
                "OldestOpenDeletionDays": 8.5,
            })
        );
    }
}
