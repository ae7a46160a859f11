//! The tables of functions/README.md, and the session of README.md.

use contract::{Operation, problems_table, routes_table};

/// Puts the tables of the contracts between their marks.
///
/// # Errors
/// If a mark is missing.
pub(crate) fn renewed(text: &str, operations: &[Operation]) -> Result<String, String> {
    let text = between(text, "routes", &routes_table(operations))?;
    between(&text, "errors", &problems_table())
}

/// Replaces what stands between the two marks of a name.
fn between(text: &str, name: &str, new: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name} of the contract: cargo openapi -->\n"), format!("<!-- end of {name} -->"));
    let missing = || format!("functions/README.md must have the lines `{}` and `{end}`", begin.trim_end());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{new}{end}{after}"))
}

/// The lines of the session with curl in README.md.
///
/// # Errors
/// If there is none.
pub(crate) fn session(readme: &str) -> Result<String, String> {
    let mut blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let session = blocks.find(|block| block.starts_with("BASE="));
    session
        .map(str::to_owned)
        .ok_or_else(|| "README.md must have the session with curl, which begins with BASE=".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_put_between_its_marks_and_the_rest_stays() {
        let text = "a\n<!-- routes of the contract: cargo openapi -->\nold\n<!-- end of routes -->\nb\n";
        let expected = "a\n<!-- routes of the contract: cargo openapi -->\nnew\n<!-- end of routes -->\nb\n";
        assert_eq!(between(text, "routes", "new\n").unwrap(), expected);
        assert!(between(text, "errors", "new\n").unwrap_err().contains("errors"));
    }

    #[test]
    fn the_session_is_the_block_that_names_the_base() {
        assert_eq!(session("```sh\nls\n```\n```sh\nBASE=x\ncurl\n```\n").unwrap(), "BASE=x\ncurl\n");
        assert!(session("").is_err());
    }
}
