//! `typical-seconds`: how long works take, by model, for the catalogue.

use crate::{
    console::{Console, scan_json, scanned},
    day::Day,
    refusal::Refusal,
    report::Report,
};
use aws::ScanProgress;
use generations::{Catalogue, TypicalTime};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::time::Duration;

/// Reads the works that were requested today and on the days before, `days` days in all.
pub(super) async fn show(days: u16, console: &Console<'_>) -> Result<Report, Refusal> {
    let last = Day::Today.date(console.now)?;
    let first = last.saturating_sub(i32::from(days.saturating_sub(1)).days());
    let mut cost = ScanProgress::default();
    let works = console.stores.generations.work_times(first, last, console.watch("Generations", &mut cost)).await?;
    Ok(report(first, last, &TypicalTime::of(&works, &Catalogue::built_in()?), &cost))
}

fn report(first: Date, last: Date, times: &[TypicalTime], cost: &ScanProgress) -> Report {
    let none = format!("No work was delivered that was requested from {first} to {last} (UTC).");
    let report = Report::new(json(first, last, times, cost))
        .line(format!("The time from the request to the stored work, of requests from {first} to {last} (UTC)."))
        .table(&["model", "works", "median", "nine of ten", "typical_seconds"], times.iter().map(row).collect(), &none)
        .line("A model needs 20 works. Deleted works are not counted.")
        .line(format!(
            "The whole table Generations ({}) was read. Doing it again costs the same again.",
            scanned(cost)
        ));
    let lines = times.iter().filter_map(|time| Some((&time.model, time.typical_seconds()?)));
    let mut report = lines.fold(report, |report, (model, seconds)| {
        report.next(format!("shared/generations/catalogue.json, {model}: \"typical_seconds\": {seconds},"))
    });
    if times.iter().any(|time| !time.is_known) {
        report = report.line("A model without typical_seconds may have been dropped by the catalogue.");
    }
    report
}

fn row(time: &TypicalTime) -> Vec<String> {
    let typical = time.typical_seconds().map_or_else(|| "unknown".to_owned(), |seconds| seconds.to_string());
    vec![time.model.clone(), time.works.to_string(), seconds(time.median), seconds(time.ninetieth), typical]
}

/// A time for a person, in seconds.
fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn json(first: Date, last: Date, times: &[TypicalTime], cost: &ScanProgress) -> Value {
    let models = times.iter().map(|time| {
        json!({
            "model": time.model, "works": time.works, "median_seconds": time.median.as_secs_f64(),
            "ninetieth_seconds": time.ninetieth.as_secs_f64(), "typical_seconds": time.typical_seconds(),
        })
    });
    json!({
        "first_day": first.to_string(), "last_day": last.to_string(), "models": models.collect::<Vec<_>>(),
        "scan": scan_json(cost),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(model: &str, works: u64, is_known: bool) -> TypicalTime {
        let (median, ninetieth) = (Duration::from_millis(4_200), Duration::from_secs(9));
        TypicalTime { model: model.to_owned(), works, median, ninetieth, is_known }
    }

    #[test]
    fn the_report_has_the_lines_for_the_catalogue() {
        let (first, last) = ("2026-11-01".parse().unwrap(), "2026-11-30".parse().unwrap());
        let cost = ScanProgress { pages: 2, read: 5_000, found: 120, units: 410.0 };
        let times = [time("flux-schnell", 100, true), time("kling-2.1", 19, true), time("dropped", 50, false)];
        let report = report(first, last, &times, &cost);
        let text = report.text();
        for part in [
            "from 2026-11-01 to 2026-11-30 (UTC)",
            "flux-schnell  100    4.2 s   9.0 s        5\n",
            "kling-2.1     19     4.2 s   9.0 s        unknown\n",
            "catalogue.json, flux-schnell: \"typical_seconds\": 5,\n",
            "whole table Generations (5000 items in 2 pages, 120 found, 410.0 read units)",
            "dropped by the catalogue",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert!(!text.contains("kling-2.1: \"typical") && !text.contains("dropped: \"typical"), "{text}");
        assert_eq!(report.json["models"][0]["typical_seconds"], 5);
        assert_eq!(report.json["models"][1]["typical_seconds"], Value::Null);
        let empty = super::report(first, last, &[], &cost).text();
        assert!(empty.contains("No work was delivered") && !empty.contains("dropped by"), "{empty}");
    }
}
