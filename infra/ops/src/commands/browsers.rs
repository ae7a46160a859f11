//! `browsers`: the page views of a day by the families of browser, device and operating system.

use crate::{
    console::Console,
    day::{Day, begin_of},
    log_place::FoundLines,
    refusal::Refusal,
    report::{Report, counted},
};
use jiff::civil::Date;
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{cmp::Reverse, collections::BTreeMap};

/// The metric in the lines of page views, as `shared/runtime/src/http/views.rs` writes it.
const PAGE_VIEWS: &str = "PageViews";

/// The least count that is shown, and the step of all counts. A small group is hidden, and the rest is rounded, so that
/// no difference of the counts shows it.
const STEP: u64 = 5;

/// A line of a page view.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct View {
    page_views: f64,
    browser: String,
    device: String,
    system: String,
    #[serde(rename = "_aws")]
    aws: ViewMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ViewMetadata {
    /// In milliseconds since 1970.
    timestamp: i64,
}

/// The counts of a day. Views of a line are 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Views {
    all: u64,
    browsers: BTreeMap<String, u64>,
    devices: BTreeMap<String, u64>,
    systems: BTreeMap<String, u64>,
}

pub(super) async fn show(day: Day, console: &Console<'_>) -> Result<Report, Refusal> {
    let date = day.date(console.now)?;
    let (from, to) = (begin_of(date)?, begin_of(date.tomorrow().map_err(|_| no_day())?)?);
    let progress = |lines| (console.progress)(&format!("reading the log of the pages: {lines} page views"));
    let found = console.logs.lines(PAGE_VIEWS, from, to, &progress).await?;
    Ok(report(date, &Views::of(&found.lines, from, to), &found))
}

fn no_day() -> Refusal {
    Refusal::wrong_state("There is no day after this one.")
}

impl Views {
    /// Counts the lines whose time is in the day. A line of something else is left out.
    fn of(lines: &[String], from: Timestamp, to: Timestamp) -> Self {
        let mut views = Self::default();
        let of_day = from.as_millisecond()..to.as_millisecond();
        let parsed = lines.iter().filter_map(|line| serde_json::from_str::<View>(line).ok());
        for view in parsed.filter(|view| view.page_views >= 1.0 && of_day.contains(&view.aws.timestamp)) {
            let View { browser, device, system, .. } = view;
            views.all += 1;
            let places = [(&mut views.browsers, browser), (&mut views.devices, device), (&mut views.systems, system)];
            for (counts, family) in places {
                *counts.entry(family).or_default() += 1;
            }
        }
        views
    }
}

fn report(date: Date, views: &Views, found: &FoundLines) -> Report {
    let none = format!(
        "No page view was counted on {date} (UTC). The log keeps its lines for the days of the parameter LogDays."
    );
    let json = json!({
        "day": date.to_string(), "page_views": number(views.all), "browsers": numbers(&views.browsers),
        "devices": numbers(&views.devices), "systems": numbers(&views.systems), "answers": found.answers,
        "cut": found.is_cut,
    });
    let report = Report::new(json);
    if views.all == 0 {
        return report.line(none);
    }
    let report = report
        .line(format!("{} page views on {date} (UTC), of nobody in particular.", text(views.all)))
        .table(&["browser", "views"], rows(&views.browsers), "")
        .table(&["device", "views"], rows(&views.devices), "")
        .table(&["system", "views"], rows(&views.systems), "")
        .line(format!("Counts are rounded down to multiples of {STEP}. Programs that say what they are do not count."))
        .line(format!("The log was read in {}.", counted(found.answers, "answer", "answers")));
    match found.is_cut {
        true => report.line("There may be more: this log shows no further lines."),
        false => report,
    }
}

/// The rows of a table, the largest count first.
fn rows(counts: &BTreeMap<String, u64>) -> Vec<Vec<String>> {
    let mut sorted: Vec<_> = counts.iter().map(|(family, count)| (family, count / STEP)).collect();
    sorted.sort_by_key(|(family, steps)| (Reverse(*steps), *family));
    sorted.into_iter().map(|(family, steps)| vec![family.clone(), text(steps * STEP)]).collect()
}

/// A count for a person.
fn text(count: u64) -> String {
    number(count).map_or_else(|| format!("<{STEP}"), |count| count.to_string())
}

/// A count for a script. `None` is fewer than five.
fn number(count: u64) -> Option<u64> {
    (count >= STEP).then_some(count / STEP * STEP)
}

fn numbers(counts: &BTreeMap<String, u64>) -> Value {
    let numbers = counts.iter().map(|(family, count)| (family.clone(), json!(number(*count))));
    Value::Object(numbers.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: &str, browser: &str, device: &str, system: &str) -> String {
        let at: Timestamp = at.parse().unwrap();
        let view = json!({
            "_aws": { "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [] }, "PageViews": 1.0, "Stage": "test",
            "Browser": browser, "Device": device, "System": system,
        });
        view.to_string()
    }

    fn shown(lines: &[String]) -> (String, Value) {
        let date: Date = "2026-11-30".parse().unwrap();
        let views = Views::of(lines, begin_of(date).unwrap(), begin_of(date.tomorrow().unwrap()).unwrap());
        let report = report(date, &views, &FoundLines { answers: 1, ..FoundLines::default() });
        (report.text(), report.json)
    }

    #[test]
    fn a_small_group_is_hidden_and_no_difference_shows_it() {
        let noon = "2026-11-30T12:00:00Z";
        let many = vec![line(noon, "chrome", "desktop", "windows"); 13];
        let few = vec![line(noon, "firefox", "desktop", "linux"); 4];
        let (text, json) = shown(&[many, few].concat());
        for part in [
            "15 page views on 2026-11-30 (UTC)",
            "chrome   10\n",
            "firefox  <5\n",
            "desktop  15\n",
            "linux    <5\n",
            "multiples of 5",
            "in 1 answer.",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert!(!text.contains("17") && !text.contains("13"), "{text}");
        assert_eq!(json["browsers"], json!({ "chrome": 10, "firefox": null }));
        assert_eq!((&json["page_views"], &json["devices"]), (&json!(15), &json!({ "desktop": 15 })));
    }

    #[test]
    fn only_views_of_the_day_count() {
        let other = |message: &str| json!({ "message": message, "PageViews": 1.0 }).to_string();
        let lines = [
            line("2026-11-29T23:59:59.999Z", "chrome", "phone", "android"),
            line("2026-11-30T00:00:00Z", "safari", "phone", "ios"),
            line("2026-11-30T23:59:59.999Z", "safari", "phone", "ios"),
            line("2026-12-01T00:00:00Z", "chrome", "phone", "android"),
            other("answered"),
            "PageViews".to_owned(),
        ];
        let (text, json) = shown(&lines);
        assert_eq!((&json["browsers"], &json["page_views"]), (&json!({ "safari": null }), &Value::Null), "{text}");
        let (text, json) = shown(&lines[3..]);
        assert!(text.contains("No page view was counted on 2026-11-30 (UTC)") && text.contains("LogDays"), "{text}");
        assert_eq!(json["browsers"], json!({}));
    }
}
