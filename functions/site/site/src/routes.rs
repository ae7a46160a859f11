//! The routes of the API, for answers about their methods.

/// The routes of the template, by path: `GET,HEAD /v1/generations/{id}`. A policy test compares the list with
/// infra/template.yaml, and prints the right text.
const ROUTES: &str = include_str!("../assets/routes.txt");

/// The methods of the API's route with this path, separated by commas. The list is sorted, so a route without
/// parameters comes before one whose parameter would take the same segment.
pub(crate) fn methods_of(path: &str) -> Option<&'static str> {
    let mut routes = ROUTES.lines().filter_map(|line| line.split_once(' '));
    routes.find(|(_, pattern)| is_like(pattern, path)).map(|(methods, _)| methods)
}

/// Whether a path has the segments of a pattern. A parameter takes one segment that is not empty.
fn is_like(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found || wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}
