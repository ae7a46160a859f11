//! `cargo measure` starts functions as the template does. It takes minutes to build and is
//! no test, so that this is what notices when a function asks for more.

use crate::{
    assert_found, assert_none,
    template::{FUNCTION, Template, pascal_case},
    tree,
};
use std::collections::BTreeSet;

/// What is measured with which variables, and the values that there are.
const FUNCTIONS: &str = "infra/measure/src/functions.rs";
const VALUES: &str = "infra/measure/src/main.rs";

fn findings(template: &Template, functions: &str, values: &str) -> Vec<String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let (functions, values) = (squeezed(functions), squeezed(values));
    let mut findings = Vec::new();
    if !functions.contains("Function{name:\"") {
        findings.push(format!("{FUNCTIONS} reads differently now: change this check with it"));
    }
    let measured = functions.split("Function{name:\"").skip(1).filter_map(|rest| rest.split_once("\",variables:&["));
    for (name, rest) in measured {
        let given: BTreeSet<&str> = tree::literals(rest.split(']').next().unwrap_or_default()).into_iter().collect();
        let Some(function) = template.find(FUNCTION, &pascal_case(name)) else {
            findings.push(format!("{FUNCTIONS}: the template has no {name}"));
            continue;
        };
        let asked: BTreeSet<&str> = template.variables(function).map(|(name, _)| name.as_str()).collect();
        if asked != given {
            findings.push(format!("{FUNCTIONS}: {name} gets {given:?}, and the template gives it {asked:?}"));
        }
        let without = given.iter().filter(|name| {
            let value = values.split_once(&format!("(\"{name}\",")).map(|(_, value)| value);
            // An empty variable is one that is not set.
            value.is_none_or(|value| value.starts_with("\"\""))
        });
        findings.extend(without.map(|variable| format!("{VALUES}: give {variable} of {name} a value")));
    }
    findings
}

#[test]
fn what_is_measured_gets_what_the_template_gives_it() {
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    assert_none(findings(&Template::read(), &functions, &values));
}

#[test]
fn a_variable_that_is_missing_or_empty_is_found() {
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    let fewer = functions.replace("\"PAUSED\",", "");
    assert_found(&findings(&Template::read(), &fewer, &values), "generate gets");
    let empty = values.replace("(\"PAUSED\", \"none\")", "(\"PAUSED\", \"\")");
    assert_found(&findings(&Template::read(), &functions, &empty), "give PAUSED of generate a value");
}
