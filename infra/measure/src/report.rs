//! The table: what each function costs as a multiple of hello world, beside its budget.

use crate::{
    functions::{self, Function},
    runs::{PERIODS, ROUND_TRIP, Variant},
    statistics::{difference, median, quantile},
};
use std::fmt::Write;

/// All that was measured, hello world twice.
#[derive(Debug)]
pub struct Report<'a> {
    /// Hello world.
    pub hello: &'a Variant,
    /// Hello world once more: what differs is noise.
    pub again: &'a Variant,
    /// The functions.
    pub functions: &'a [Variant],
}

/// One line of the table.
struct Row {
    what: String,
    unit: &'static str,
    of: fn(&Variant) -> f64,
    /// What one measurement of hello world and another may not differ in, or the line is void.
    noisy: bool,
    against: Against,
    budget: fn(&Function) -> Option<f64>,
}

/// What a figure is divided by before it is held against its budget.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Hello,
    Waiting,
    Nothing,
}

impl Report<'_> {
    /// The table as Markdown.
    #[must_use]
    pub fn table(&self) -> String {
        let names: Vec<&str> = self.functions.iter().map(|variant| variant.name).collect();
        let mut table =
            format!("| | hello | hello again | {} |\n|---|---|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
        for row in rows() {
            if self.measured(&row) {
                let _ = writeln!(table, "{}", self.line(&row));
            }
        }
        table
    }

    /// The medians themselves, with the middle half of all values.
    #[must_use]
    pub fn absolute(&self) -> String {
        let mut table = String::from(
            "| | init ms | first call ms | init CPU ms | first CPU ms | first at 128 MB ms, 100 / 20 ms periods | warm CPU ms | warm ms, 2 ms a request | peak RSS MB | threads | requests |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for variant in std::iter::once(self.hello).chain(self.functions) {
            let Variant { name, init, first, init_cpu, first_cpu, throttled: [long, short], .. } = variant;
            let Variant { warm_cpu, latency, memory, threads, requests, .. } = variant;
            let _ = writeln!(
                table,
                "| {name} | {} | {} | {} | {} | {} / {} | {} | {} | {:.1} | {threads} | {requests:.0} |",
                spread(init),
                spread(first),
                spread(init_cpu),
                spread(first_cpu),
                spread(long),
                spread(short),
                spread(warm_cpu),
                spread(latency),
                median(memory),
            );
        }
        table
    }

    /// What is above its budget, one a line.
    #[must_use]
    pub fn breaks(&self) -> Vec<String> {
        let mut breaks = Vec::new();
        for row in rows().into_iter().filter(|row| self.measured(row)) {
            for variant in self.functions {
                let (Some(value), Some(budget)) = (self.ratio(&row, variant), budget(&row, variant)) else { continue };
                if value > budget {
                    breaks.push(format!("{} of {}: {value:.2} of {budget:.2}", row.what, variant.name));
                }
            }
        }
        breaks
    }

    /// Whether hello world differed from itself by so much that the run says nothing.
    #[must_use]
    pub fn void(&self) -> bool {
        rows().iter().any(|row| self.noise(row).is_some_and(|noise| noise >= functions::NOISE))
    }

    fn measured(&self, row: &Row) -> bool {
        (row.of)(self.hello) > 0.0
    }

    fn noise(&self, row: &Row) -> Option<f64> {
        row.noisy.then(|| difference((row.of)(self.hello), (row.of)(self.again)))
    }

    fn line(&self, row: &Row) -> String {
        let noise = self.noise(row).map_or("–".to_owned(), |noise| {
            let void = if noise >= functions::NOISE { " **void**" } else { "" };
            format!("{:.1} %{void}", noise * 100.0)
        });
        let cells: Vec<String> = self.functions.iter().map(|variant| self.cell(row, variant)).collect();
        format!("| {} | {:.2} {} | {noise} | {} |", row.what, (row.of)(self.hello), row.unit, cells.join(" | "))
    }

    fn cell(&self, row: &Row, variant: &Variant) -> String {
        match (self.ratio(row, variant), budget(row, variant)) {
            (None, _) => "–".to_owned(),
            (Some(value), None) => format!("{value:.2}"),
            (Some(value), Some(budget)) if value <= budget => format!("{value:.2} ≤ {budget:.2}"),
            (Some(value), Some(budget)) => format!("**{value:.2} > {budget:.2}**"),
        }
    }

    fn ratio(&self, row: &Row, variant: &Variant) -> Option<f64> {
        let value = (row.of)(variant);
        let against = match row.against {
            Against::Hello => (row.of)(self.hello),
            Against::Waiting => variant.requests * ROUND_TRIP.as_secs_f64() * 1e3,
            Against::Nothing => 1.0,
        };
        (against > 0.0).then(|| value / against)
    }
}

fn budget(row: &Row, variant: &Variant) -> Option<f64> {
    variant.function.and_then(|function| (row.budget)(&function))
}

fn rows() -> Vec<Row> {
    let row = |what: &str, unit, of, budget| Row {
        what: what.to_owned(),
        unit,
        of,
        noisy: true,
        against: Against::Hello,
        budget,
    };
    let none: fn(&Function) -> Option<f64> = |_| None;
    let throttled = |period: usize, of, budget| {
        let millis = PERIODS.map(|period| period.as_millis())[period];
        row(&format!("first call at a 128 MB share, {millis} ms periods"), "ms", of, budget)
    };
    vec![
        row("init", "ms", |it| median(&it.init), |it| Some(it.init)),
        row("init + first call", "ms", |it| median(&it.start), |_| Some(functions::START)),
        row("first call", "ms", |it| median(&it.first), none),
        throttled(0, |it| median(&it.throttled[0]), |_| Some(functions::THROTTLED)),
        throttled(1, |it| median(&it.throttled[1]), none),
        row("CPU of init", "ms", |it| median(&it.init_cpu), none),
        row("CPU of the first call", "ms", |it| median(&it.first_cpu), none),
        row(
            "CPU of a warm call",
            "ms",
            |it| median(&it.warm_cpu),
            |it| (it.requests <= 1).then_some(functions::WARM_CPU),
        ),
        Row {
            noisy: false,
            against: Against::Waiting,
            ..row("warm call / (requests × 2 ms)", "ms", |it| median(&it.latency), |_| Some(functions::LATENCY))
        },
        row("peak RSS", "MB", |it| median(&it.memory), |it| it.hot.then_some(functions::MEMORY)),
        Row {
            noisy: false,
            against: Against::Nothing,
            ..row("program, MB", "MB", size, |it| Some(if it.hot { functions::SIZE.0 } else { functions::SIZE.1 }))
        },
    ]
}

/// The size of the program in MB, 0 when it is not there.
fn size(variant: &Variant) -> f64 {
    variant.program.metadata().map_or(0.0, |file| file.len() as f64 / 1e6)
}

fn spread(values: &[f64]) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|at| quantile(values, at));
    format!("{middle:.2} ({low:.2}–{high:.2})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(name: &'static str, function: Option<Function>, init: f64) -> Variant {
        let same = vec![init];
        Variant {
            name,
            function,
            init: same.clone(),
            start: same.clone(),
            warm_cpu: same.clone(),
            latency: vec![2.2],
            requests: function.map_or(0.0, |known| known.requests as f64),
            ..Variant::default()
        }
    }

    fn report(again: f64, ours: f64, check: impl FnOnce(Report<'_>)) {
        let function = Function { name: "get-credits", requests: 1, init: 3.0, hot: true };
        let (hello, again) = (variant("hello", None, 2.0), variant("hello", None, again));
        check(Report { hello: &hello, again: &again, functions: &[variant("get-credits", Some(function), ours)] });
    }

    #[test]
    fn what_is_within_its_budget_and_what_breaks_is_told_apart() {
        report(2.0, 5.0, |report| {
            assert!(report.table().contains("| init | 2.00 ms | 0.0 % | 2.50 ≤ 3.00 |"), "{}", report.table());
            assert!(report.table().contains("| 1.10 ≤ 1.15 |"), "{}", report.table());
            assert_eq!(report.breaks(), Vec::<String>::new());
        });
        report(2.0, 7.0, |report| {
            assert!(report.table().contains("| **3.50 > 3.00** |"), "{}", report.table());
            assert_eq!(report.breaks()[0], "init of get-credits: 3.50 of 3.00");
        });
    }

    #[test]
    fn a_run_whose_hello_world_differs_from_itself_is_void() {
        report(2.05, 5.0, |report| assert!(!report.void()));
        report(1.9, 5.0, |report| {
            assert!(report.void());
            assert!(report.table().contains("5.3 % **void**"), "{}", report.table());
        });
    }

    #[test]
    fn what_was_not_measured_has_no_line() {
        report(2.0, 5.0, |report| assert!(!report.table().contains("peak RSS"), "{}", report.table()));
    }
}
