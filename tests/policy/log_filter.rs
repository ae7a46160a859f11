//! The filters that count lines of the logs, by the rules of CloudWatch for JSON lines
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>).

use crate::template::{METRIC_FILTER, Template};
use serde_json::Value;

/// A pattern: conditions that hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct LogFilter(Vec<Condition>);

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    field: String,
    is_equal: bool,
    value: Value,
}

impl LogFilter {
    /// The pattern of a filter of the template.
    ///
    /// # Panics
    /// When the template has no such filter, or its pattern has another form than `{ ($.field = value) && … }`.
    #[must_use]
    pub fn of(template: &Template, name: &str) -> Self {
        let filter = template.find(METRIC_FILTER, name);
        let pattern = filter.and_then(|filter| filter.get(&["FilterPattern"])?.text());
        let pattern = pattern.unwrap_or_else(|| panic!("the template has no filter {name}"));
        Self::parse(pattern).unwrap_or_else(|| panic!("{name}: teach this test the pattern {pattern}"))
    }

    fn parse(pattern: &str) -> Option<Self> {
        let inner = pattern.strip_prefix('{')?.strip_suffix('}')?;
        let conditions = inner.split("&&").map(|text| {
            let text = text.trim();
            let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
            let (field, rest) = text.strip_prefix("$.")?.split_once(' ')?;
            let (operator, value) = rest.split_once(' ')?;
            let is_equal = match operator {
                "=" => true,
                "!=" => false,
                _ => return None,
            };
            Some(Condition { field: field.to_owned(), is_equal, value: serde_json::from_str(value).ok()? })
        });
        conditions.collect::<Option<_>>().map(Self)
    }

    /// The log fields that the pattern compares.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|condition| condition.field.as_str())
    }

    /// Whether it counts a line. A line that is no JSON object is not counted.
    #[must_use]
    pub fn counts(&self, line: &str) -> bool {
        let Ok(Value::Object(line)) = serde_json::from_str(line) else { return false };
        self.0.iter().all(|condition| {
            // A comparison with a field that is missing does not hold.
            line.get(&condition.field).is_some_and(|found| is_like(found, &condition.value) == condition.is_equal)
        })
    }
}

/// Whether a value is the wanted one. A text that ends with `*` names a beginning; a number is no text.
fn is_like(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => match wanted.strip_suffix('*') {
            Some(beginning) => found.starts_with(beginning),
            None => found == wanted,
        },
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::API;

    /// A line of the API's log, in the template's own format.
    fn line(template: &Template, route: &str, status: &str) -> String {
        let format = template.all(API).next().and_then(|api| api.get(&["AccessLogSettings", "Format"])?.text());
        let format = format.expect("the API has a log").to_owned();
        format.replace("$context.routeKey", route).replace("$context.status", status)
    }

    #[test]
    fn each_answer_of_the_api_is_counted_once_and_under_its_own_metric() {
        let template = Template::read();
        let filters =
            ["UnauthenticatedFilter", "WebhookRefusalsFilter", "StripeRefusalsFilter", "TooManyRequestsFilter"];
        for (route, status, counted) in [
            ("GET /v1/account", "401", Some("UnauthenticatedFilter")),
            ("$default", "401", Some("UnauthenticatedFilter")),
            ("POST /v1/webhooks/stripe", "401", Some("StripeRefusalsFilter")),
            ("POST /v1/webhooks/providers/{provider}", "401", Some("WebhookRefusalsFilter")),
            // Strangers can cause these. The function counts what a partner has signed.
            ("POST /v1/webhooks/identity/{provider}", "400", None),
            ("POST /v1/webhooks/identity/{provider}", "401", None),
            ("POST /v1/webhooks/identity/{provider}", "404", None),
            ("POST /v1/webhooks/identity/{provider}", "429", Some("TooManyRequestsFilter")),
            ("POST /v1/webhooks/identity/{provider}", "202", None),
            ("POST /v1/generations", "429", Some("TooManyRequestsFilter")),
            ("POST /v1/webhooks/stripe", "429", Some("TooManyRequestsFilter")),
            ("GET /v1/account", "200", None),
            ("POST /v1/generations", "503", None),
            ("POST /v1/webhooks/stripe", "204", None),
        ] {
            let line = line(&template, route, status);
            let counting = filters.into_iter().filter(|name| LogFilter::of(&template, name).counts(&line));
            assert_eq!(counting.collect::<Vec<_>>(), Vec::from_iter(counted), "{line}");
        }
    }

    #[test]
    fn a_pattern_compares_as_cloudwatch_does() {
        let filter =
            LogFilter::parse(r#"{ ($.message = "answered") && ($.status = 503) && ($.code != "un*") }"#).unwrap();
        assert_eq!(filter.fields().collect::<Vec<_>>(), ["message", "status", "code"]);
        for (line, counts) in [
            (r#"{"message":"answered","status":503,"code":"provider_paused"}"#, true),
            (r#"{"message":"answered","status":503,"code":"unavailable"}"#, false),
            (r#"{"message":"answered","status":"503","code":"provider_paused"}"#, false),
            (r#"{"message":"answered","status":503}"#, false),
            ("answered 503 provider_paused", false),
        ] {
            assert_eq!(filter.counts(line), counts, "{line}");
        }
        assert_eq!(LogFilter::parse(r#"{ $.status >= 500 }"#), None, "a form that the test does not know is refused");
    }
}
