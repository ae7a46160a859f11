//! The template's text with something taken out of it.

/// How deep a resource's name stands.
const RESOURCE: &str = "  ";

/// How every policy statement begins.
const STATEMENT: &str = "- Effect:";

/// The repository's own template.
pub fn text() -> String {
    let file = local::workspace().join("infra/template.yaml");
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Where the policy statements of a function stand, as ranges of lines.
pub fn statements(template: &str, function: &str) -> Vec<std::ops::Range<usize>> {
    let lines: Vec<&str> = template.lines().collect();
    let heading = format!("{RESOURCE}{function}:");
    let start = lines.iter().position(|line| *line == heading);
    let start = start.unwrap_or_else(|| panic!("the template has no function {function}"));
    let same_depth = |line: &str| indent(line) <= RESOURCE.len() && !line.trim().is_empty();
    let end = lines[start + 1..].iter().position(|line| same_depth(line)).map_or(lines.len(), |at| start + 1 + at);
    let begins = (start..end).filter(|at| lines[*at].trim_start().starts_with(STATEMENT));
    begins
        .map(|begin| {
            let inside = |line: &&&str| indent(line) > indent(lines[begin]) && !line.trim().is_empty();
            begin..begin + 1 + lines[begin + 1..end].iter().take_while(inside).count()
        })
        .collect()
}

/// The template without the policy statement number `statement` of `function`.
pub fn without_statement(template: &str, function: &str, statement: usize) -> String {
    let all = statements(template, function);
    let one = all.get(statement).unwrap_or_else(|| panic!("{function} has {} policy statements", all.len())).clone();
    // A list without anything in it would read as null.
    let instead =
        if all.len() == 1 { vec!["            - {Effect: Deny, Action: 'none:None', Resource: '*'}"] } else { vec![] };
    let lines: Vec<&str> = template.lines().collect();
    let rest = lines[..one.start].iter().chain(&instead).chain(&lines[one.end..]);
    rest.fold(String::new(), |text, line| text + line + "\n")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[test]
fn one_statement_is_taken_out_and_nothing_else() {
    let (all, function) = (text(), "Generate");
    let count = statements(&all, function).len();
    assert!(count >= 3, "the statements of {function} are not found: {count}");
    for statement in 0..count {
        let rest = without_statement(&all, function, statement);
        assert_eq!(statements(&rest, function).len(), count - 1);
        assert_eq!(statements(&rest, "CollectMedia"), statements(&rest, "CollectMedia"));
        assert!(all.lines().count() > rest.lines().count());
        let kept = rest.lines().all(|line| all.contains(line));
        assert!(kept, "nothing may be put in its place while others are left");
    }
}
