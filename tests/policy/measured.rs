//! `cargo measure` starts functions with the variables of the template. No test runs it, because
//! its build takes minutes. So this check finds a variable that it lacks.

use crate::{
    assert_found, assert_none,
    template::{FUNCTION, Template, pascal_case},
    tree,
};
use std::collections::BTreeSet;

/// The file that names the measured functions.
const FUNCTIONS: &str = "infra/measure/src/functions.rs";
/// The file that gives the variables their values.
const VALUES: &str = "infra/measure/src/main.rs";

fn findings(template: &Template, functions: &str, values: &str) -> Vec<String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let (functions, values) = (squeezed(functions), squeezed(values));
    let mut findings = Vec::new();
    let measured: Vec<_> =
        functions.split("Function{name:\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let given = values.split_once("fnours(").and_then(|(_, rest)| rest.split_once("///"));
    let given = given.map_or_else(BTreeSet::new, |(body, _)| names(body));
    if measured.is_empty() || given.is_empty() {
        findings.push(format!("{FUNCTIONS} or {VALUES} reads differently now: change this check with it"));
    }
    let mut known = BTreeSet::new();
    for name in measured {
        let Some(function) = template.find(FUNCTION, &pascal_case(name)) else {
            findings.push(format!("{FUNCTIONS}: the template has no {name}"));
            continue;
        };
        known.extend(template.variables(function).map(|(name, _)| name.as_str()));
    }
    findings.extend(known.difference(&given).map(|name| format!("{VALUES}: give {name} a value")));
    findings.extend(given.difference(&known).map(|name| format!("{VALUES}: the template has no variable {name}")));
    findings
}

/// The names of the variables in squeezed code that have a value: `("STAGE","measure")`.
/// An empty variable counts as one that is not set.
fn names(code: &str) -> BTreeSet<&str> {
    let pairs = code.split("(\"").skip(1).filter_map(|rest| rest.split_once("\","));
    let set = pairs.filter(|(_, value)| !value.starts_with("\"\""));
    set.map(|(name, _)| name).filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')).collect()
}

#[test]
fn measured_functions_get_the_variables_of_the_template() {
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    assert_none(findings(&Template::read(), &functions, &values));
}

#[test]
fn a_variable_that_is_missing_or_empty_is_found() {
    let (functions, values) = (tree::read(FUNCTIONS), tree::read(VALUES));
    for without in
        [values.replace("(\"PAUSED\", \"none\"),", ""), values.replace("(\"PAUSED\", \"none\")", "(\"PAUSED\", \"\")")]
    {
        assert_found(&findings(&Template::read(), &functions, &without), "give PAUSED a value");
    }
    let more = Template::with("        PAUSED: !Ref Paused\n", "");
    assert_found(&findings(&more, &functions, &values), "no variable PAUSED");
    assert_found(&findings(&Template::read(), "", &values), "reads differently now");
}
