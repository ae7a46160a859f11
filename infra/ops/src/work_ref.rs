//! A work of the command line or of a report: its id, `ACCOUNT/GENERATION`, or a URL with them.

use kernel::{AccountId, GenerationId};
use std::{fmt, str::FromStr};

/// The place of the version in an id, and the version of our ids. Other ids, such as those of other sites,
/// are no works.
const VERSION: (usize, u8) = (14, b'7');

/// The prefix of the id that a generation has in the web page.
const IN_PAGE: &str = "g-";

/// A generation, and its account if the text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkRef {
    pub(crate) account: Option<AccountId>,
    pub(crate) generation: GenerationId,
}

impl fmt::Display for WorkRef {
    /// The form for the command line. It has ids alone, so it is safe in a shell, whatever the URL was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "{account}/{}", self.generation),
            None => self.generation.fmt(f),
        }
    }
}

impl FromStr for WorkRef {
    type Err = String;

    /// Reads the ids in the path and in the fragment of a URL, or in a plain text. One id is that of a
    /// generation. The URL of a file has two: the account, then the generation.
    ///
    /// # Errors
    /// A sentence about the right form.
    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_lowercase().replace("%2f", "/");
        let (place, fragment) = lower.split_once('#').unwrap_or((lower.as_str(), ""));
        let path = place.split('?').next().unwrap_or_default();
        let words = path.split('/').chain(fragment.split(['/', '=', '&']));
        let words = words.map(|word| word.strip_prefix(IN_PAGE).unwrap_or(word));
        let ours = words.filter(|word| word.as_bytes().get(VERSION.0) == Some(&VERSION.1));
        let ids: Vec<(&str, GenerationId)> = ours.filter_map(|word| Some((word, word.parse().ok()?))).collect();
        match ids.as_slice() {
            [(_, generation)] => Ok(Self { account: None, generation: *generation }),
            [(account, _), (_, generation)] => Ok(Self { account: account.parse().ok(), generation: *generation }),
            _ => {
                Err("A work is the id of a generation, ACCOUNT/GENERATION, or a URL of ours with these ids.".to_owned())
            }
        }
    }
}

/// The host of a URL, as a browser reads it. `None` for a text that is no URL.
pub(crate) fn host(text: &str) -> Option<&str> {
    let (_, rest) = text.trim().split_once("://")?;
    let place = rest.split(['/', '\\', '?', '#']).next()?;
    place.rsplit('@').next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";
    const WORK: &str = "01929e6b-6c00-7000-8000-0123456789cd";

    #[test]
    fn a_work_is_an_id_or_a_url_with_its_ids() {
        let both = format!("{ACCOUNT}/{WORK}");
        for (text, read) in [
            (WORK.to_owned(), WORK),
            (format!(" {} ", WORK.to_uppercase()), WORK),
            (both.clone(), &*both),
            (format!("https://media.example.com/generations/{both}/0.png?X-Amz-Date=2#x"), &*both),
            (format!("http://127.0.0.1:4566/media/generations%2F{ACCOUNT}%2F{WORK}%2F0.png"), &*both),
            (format!("https://example.com/v1/generations/{WORK}"), WORK),
            (format!("https://example.com/?a={ACCOUNT}#g-{WORK}"), WORK),
        ] {
            assert_eq!(text.parse::<WorkRef>().map(|work| work.to_string()), Ok(read.to_owned()), "{text}");
        }
        let random = "9b2f0c3e-5d41-4c8a-9f6e-0123456789cd";
        let elsewhere = format!("https://example.com/album/{random}");
        for wrong in ["", "x", "https://example.com/a", "C-7Q4K-2M9D", &*format!("{both}/{WORK}"), random, &elsewhere] {
            assert!(wrong.parse::<WorkRef>().unwrap_err().contains("ACCOUNT/GENERATION"), "{wrong:?}");
        }
    }

    #[test]
    fn the_host_is_that_of_a_browser() {
        for (text, wanted) in [
            ("https://cinemaxsai.com/g-1", Some("cinemaxsai.com")),
            ("http://127.0.0.1:4566/media/x?y#z", Some("127.0.0.1:4566")),
            ("https://cinemaxsai.com@evil.example/generations/1", Some("evil.example")),
            ("https://evil.example\\@cinemaxsai.com/", Some("evil.example")),
            ("https://e?x@y", Some("e")),
            (WORK, None),
            ("https:///x", None),
        ] {
            assert_eq!(host(text), wanted, "{text}");
        }
    }

    #[test]
    fn the_form_for_the_command_line_has_ids_alone() {
        let work: WorkRef = format!("https://e/$(reboot);/{WORK}").parse().unwrap();
        assert_eq!(work.to_string(), WORK);
    }
}
