//! The printed table: a row for each permission.

use std::fmt;

/// The length of a failure in the table.
const WIDTH: usize = 72;

/// The result of one walk without one permission.
#[derive(Debug)]
pub struct Row {
    /// The function that lacks it.
    pub function: String,
    /// The missing action.
    pub action: String,
    /// The resource, by its logical name.
    pub resource: String,
    /// The failure of the walk, if there was one.
    pub failed: Option<String>,
    /// Whether MiniStack refused exactly this action.
    pub denied: bool,
}

impl Row {
    /// The reason why this row proves nothing. Empty when the row is a proof.
    fn finding(&self) -> String {
        let Self { function, action, resource, .. } = self;
        let this = format!("{function} without {action} on {resource}");
        match (&self.failed, self.denied) {
            (Some(_), true) => String::new(),
            (None, true) => format!("{this}: it is refused and the walk does not notice: let it check the result"),
            (None, false) => {
                format!("{this}: nothing fails: remove the permission, or use it in the walk")
            }
            (Some(error), false) => format!("{this}: the walk fails by something else: {error}"),
        }
    }

    /// The failure in one line, without the bodies of answers.
    fn what_failed(&self) -> String {
        let failed = self.failed.as_deref().unwrap_or("NOTHING");
        let short = failed.split(['{', '<']).next().unwrap_or(failed).trim_end_matches([' ', ':']);
        short.chars().take(WIDTH).collect()
    }
}

/// All rows.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    /// Fails the test unless each walk failed because of its missing permission.
    pub fn proves_every_row(&self) {
        let findings: Vec<String> = self.0.iter().map(Row::finding).filter(|finding| !finding.is_empty()).collect();
        assert!(findings.is_empty(), "{} rows prove nothing:\n- {}", findings.len(), findings.join("\n- "));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |function: &str, action: &str, resource: &str, failed: &str| {
            writeln!(f, "| {function:<16} | {action:<29} | {resource:<42} | {failed:<WIDTH$} |")
        };
        line("function", "action", "resource", "what fails without it")?;
        for row in &self.0 {
            line(&row.function, &row.action, &row.resource, &row.what_failed())?;
        }
        write!(f, "{} permissions", self.0.len())
    }
}

#[test]
fn a_row_is_a_proof_only_when_this_refusal_fails_the_walk() {
    for (failed, denied, finding) in [
        (Some("it answered 500"), true, None),
        (None, true, Some("does not notice")),
        (None, false, Some("nothing fails")),
        (Some("it answered 404"), false, Some("by something else: it answered 404")),
    ] {
        let [function, action, resource] = ["GetAccount", "dynamodb:GetItem", "Accounts"].map(str::to_owned);
        let row = Row { function, action, resource, failed: failed.map(str::to_owned), denied };
        match finding {
            None => assert_eq!(row.finding(), ""),
            Some(part) => assert!(row.finding().contains(part), "{} should say {part}", row.finding()),
        }
    }
}
