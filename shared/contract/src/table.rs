//! The tables of functions/README.md.

use crate::{
    operation::Operation,
    problem::PROBLEMS,
    route::{Access, Route},
};

/// The table of all routes, in Markdown.
#[must_use]
pub fn routes_table(operations: &[Operation]) -> String {
    let mut table = "| route | function | access | answers |\n|---|---|---|---|\n".to_owned();
    for Operation { function, route, .. } in operations {
        let access = match route.access {
            Access::Public => "public",
            Access::Optional => "public, token optional",
            Access::Protected => "protected",
        };
        table += &format!("| `{}` | `{function}` | {access} | {} |\n", route.key_of_route(), answers(route));
    }
    table
}

fn answers(route: &Route) -> String {
    let answers = route.answers.iter().map(|answer| format!("{}: {}", answer.status, answer.about));
    answers.collect::<Vec<_>>().join("; ")
}

/// The table of all problems, in Markdown.
#[must_use]
pub fn problems_table() -> String {
    let mut table = "| status | `code` | when | what to do |\n|---|---|---|---|\n".to_owned();
    for problem in &PROBLEMS {
        table += &format!("| {} | `{}` | {} | {} |\n", problem.status, problem.code, problem.when, problem.advice);
    }
    table
}
