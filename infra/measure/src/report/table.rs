//! The table: the costs of each function as multiples of hello world, beside its budgets.

use super::statistics::{difference, median, quantile};
use crate::{
    functions::{self, MeasuredFunction},
    runs::measured::{MeasuredProgram, PERIODS, ROUND_TRIP},
};
use std::fmt::Write;

/// All measurements, with hello world twice.
#[derive(Debug)]
pub struct CostReport<'a> {
    /// Hello world.
    pub hello: &'a MeasuredProgram,
    /// Hello world once more: the difference is noise.
    pub again: &'a MeasuredProgram,
    /// The functions.
    pub functions: &'a [MeasuredProgram],
}

/// One line of the table.
struct TableRow {
    name: String,
    unit: &'static str,
    of: fn(&MeasuredProgram) -> f64,
    /// Whether a difference between the two measurements of hello world makes the line void.
    noisy: bool,
    against: Against,
    budget: fn(&MeasuredFunction) -> Option<f64>,
}

/// The divisor of a figure before the comparison with its budget.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Hello,
    Waiting,
    Nothing,
}

impl CostReport<'_> {
    /// The table as Markdown.
    #[must_use]
    pub fn table(&self) -> String {
        let names: Vec<&str> = self.functions.iter().map(|program| program.name).collect();
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
        for program in std::iter::once(self.hello).chain(self.functions) {
            let MeasuredProgram { name, init, first, init_cpu, first_cpu, throttled: [long, short], .. } = program;
            let MeasuredProgram { warm_cpu, latency, memory, threads, requests, .. } = program;
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

    /// The figures above their budgets, one a line.
    #[must_use]
    pub fn breaks(&self) -> Vec<String> {
        let mut breaks = Vec::new();
        for row in rows().into_iter().filter(|row| self.measured(row)) {
            for program in self.functions {
                let (Some(value), Some(budget)) = (self.ratio(&row, program), budget(&row, program)) else { continue };
                if value > budget {
                    breaks.push(format!("{} of {}: {value:.2} of {budget:.2}", row.name, program.name));
                }
            }
        }
        breaks
    }

    /// Whether hello world differed too much from itself, so that the run is void.
    #[must_use]
    pub fn void(&self) -> bool {
        rows().iter().any(|row| self.noise(row).is_some_and(|noise| noise >= functions::NOISE))
    }

    fn measured(&self, row: &TableRow) -> bool {
        (row.of)(self.hello) > 0.0
    }

    fn noise(&self, row: &TableRow) -> Option<f64> {
        row.noisy.then(|| difference((row.of)(self.hello), (row.of)(self.again)))
    }

    fn line(&self, row: &TableRow) -> String {
        let noise = self.noise(row).map_or("–".to_owned(), |noise| {
            let void = if noise >= functions::NOISE { " **void**" } else { "" };
            format!("{:.1} %{void}", noise * 100.0)
        });
        let cells: Vec<String> = self.functions.iter().map(|program| self.cell(row, program)).collect();
        format!("| {} | {:.2} {} | {noise} | {} |", row.name, (row.of)(self.hello), row.unit, cells.join(" | "))
    }

    fn cell(&self, row: &TableRow, program: &MeasuredProgram) -> String {
        match (self.ratio(row, program), budget(row, program)) {
            (None, _) => "–".to_owned(),
            (Some(value), None) => format!("{value:.2}"),
            (Some(value), Some(budget)) if value <= budget => format!("{value:.2} ≤ {budget:.2}"),
            (Some(value), Some(budget)) => format!("**{value:.2} > {budget:.2}**"),
        }
    }

    fn ratio(&self, row: &TableRow, program: &MeasuredProgram) -> Option<f64> {
        let value = (row.of)(program);
        let against = match row.against {
            Against::Hello => (row.of)(self.hello),
            Against::Waiting => program.requests * ROUND_TRIP.as_secs_f64() * 1e3,
            Against::Nothing => 1.0,
        };
        (against > 0.0).then(|| value / against)
    }
}

fn budget(row: &TableRow, program: &MeasuredProgram) -> Option<f64> {
    program.function.and_then(|function| (row.budget)(&function))
}

fn rows() -> Vec<TableRow> {
    let row = |name: &str, unit, of, budget| TableRow {
        name: name.to_owned(),
        unit,
        of,
        noisy: true,
        against: Against::Hello,
        budget,
    };
    let none: fn(&MeasuredFunction) -> Option<f64> = |_| None;
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
        TableRow {
            noisy: false,
            against: Against::Waiting,
            ..row("warm call / (requests × 2 ms)", "ms", |it| median(&it.latency), |_| Some(functions::LATENCY))
        },
        row("peak RSS", "MB", |it| median(&it.memory), |it| it.hot.then_some(functions::MEMORY)),
        TableRow {
            noisy: false,
            against: Against::Nothing,
            ..row("program, MB", "MB", size, |it| Some(if it.hot { functions::SIZE.0 } else { functions::SIZE.1 }))
        },
    ]
}

/// The size of the program in MB, 0 when it is not there.
fn size(program: &MeasuredProgram) -> f64 {
    program.path.metadata().map_or(0.0, |file| file.len() as f64 / 1e6)
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

    fn measured(name: &'static str, function: Option<MeasuredFunction>, init: f64) -> MeasuredProgram {
        let same = vec![init];
        MeasuredProgram {
            name,
            function,
            init: same.clone(),
            start: same.clone(),
            warm_cpu: same.clone(),
            latency: vec![2.2],
            requests: function.map_or(0.0, |known| known.requests as f64),
            ..MeasuredProgram::default()
        }
    }

    fn report(again: f64, ours: f64, check: impl FnOnce(CostReport<'_>)) {
        let function = MeasuredFunction { name: "get-credits", requests: 1, init: 3.0, hot: true };
        let (hello, again) = (measured("hello", None, 2.0), measured("hello", None, again));
        check(CostReport { hello: &hello, again: &again, functions: &[measured("get-credits", Some(function), ours)] });
    }

    #[test]
    fn figures_within_and_above_their_budgets_differ() {
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
    fn a_run_is_void_when_hello_world_differs_from_itself() {
        report(2.05, 5.0, |report| assert!(!report.void()));
        report(1.9, 5.0, |report| {
            assert!(report.void());
            assert!(report.table().contains("5.3 % **void**"), "{}", report.table());
        });
    }

    #[test]
    fn a_figure_without_measurements_has_no_line() {
        report(2.0, 5.0, |report| assert!(!report.table().contains("peak RSS"), "{}", report.table()));
    }
}
