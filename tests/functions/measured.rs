//! `cargo measure` gives functions their variables. It takes minutes to build and is no test, so this
//! test notices when a function asks for another variable.

use policy::{assert_found, assert_none, tree};
use std::collections::BTreeSet;
use tests::App;

/// The files with the variables of each measured function, and with their values.
const FUNCTIONS: &str = "infra/measure/src/functions.rs";
const VALUES: &str = "infra/measure/src/main.rs";

fn findings(app: &App, functions: &str, values: &str) -> Vec<String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let (functions, values) = (squeezed(functions), squeezed(values));
    let mut findings = Vec::new();
    if !functions.contains("Function{name:\"") {
        findings.push(format!("{FUNCTIONS} reads differently now: change this check with it"));
    }
    let measured = functions.split("Function{name:\"").skip(1).filter_map(|rest| rest.split_once("\",variables:&["));
    for (name, rest) in measured {
        let given: BTreeSet<&str> = tree::literals(rest.split(']').next().unwrap_or_default()).into_iter().collect();
        let Some(asked) = app.asked().get(name) else {
            findings.push(format!("{FUNCTIONS}: there is no function {name}"));
            continue;
        };
        let asked: BTreeSet<&str> = asked.variables.iter().map(String::as_str).collect();
        if asked != given {
            findings.push(format!("{FUNCTIONS}: {name} gets {given:?}, and its Deps asks for {asked:?}"));
        }
        let without = given.iter().filter(|name| {
            let value = values.split_once(&format!("(\"{name}\",")).map(|(_, value)| value);
            // Init takes an empty variable for a missing one.
            value.is_none_or(|value| value.starts_with("\"\""))
        });
        findings.extend(without.map(|variable| format!("{VALUES}: give {variable} of {name} a value")));
    }
    findings
}

#[tokio::test(start_paused = true)]
async fn measured_functions_get_the_variables_that_they_ask_for() {
    let app = App::new(1).await;
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    assert_none(findings(&app, &functions, &values));
}

#[tokio::test(start_paused = true)]
async fn a_variable_that_is_missing_or_empty_is_found() {
    let app = App::new(1).await;
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    let fewer = functions.replace("\"PAUSED\",", "");
    assert_found(&findings(&app, &fewer, &values), "generate gets");
    let empty = values.replace("(\"PAUSED\", \"none\")", "(\"PAUSED\", \"\")");
    assert_found(&findings(&app, &functions, &empty), "give PAUSED of generate a value");
}
