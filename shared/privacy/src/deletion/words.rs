//! The state of a deletion in words, for a person who opens its address in a browser.

mod receipt;

use super::{
    record::{Deletion, DeletionStatus},
    removal::{Removal, RemovalOutcome},
    view::DeletionRecord,
};
use kernel::Timestamp;

/// The last paragraph of each page: a person who expected another state can write to us.
const CONTACT: &str = "<p>If this is not what you expect, <a href=\"/contact\">write to us</a>.</p>";

/// A step of a deletion on the page: its class in the stylesheet, its name, and a sentence.
type Step = (&'static str, &'static str, String);

const DONE: &str = "done";
const NOW: &str = "now";
const TO_COME: &str = "later";

impl DeletionRecord {
    /// The heading and the content of the page that shows the state: HTML, without personal data.
    #[must_use]
    pub fn words(&self) -> (&'static str, String) {
        let (heading, content) = match self {
            Self::Account(deletion) => {
                let (heading, steps) = of_account(deletion);
                let receipt = deletion.receipt.as_ref().map(receipt::html).unwrap_or_default();
                (heading, timeline(&steps) + &receipt)
            }
            Self::Identity(removal) => {
                let (heading, sentences) = of_identity(removal);
                (heading, sentences.into_iter().map(|sentence| format!("<p>{sentence}</p>\n")).collect())
            }
        };
        (heading, content + CONTACT)
    }
}

/// The steps as a list in the order of time.
fn timeline(steps: &[Step]) -> String {
    let line =
        |(class, name, sentence): &Step| format!("<li class=\"{class}\"><b>{name}</b><span>{sentence}</span></li>\n");
    format!("<ol class=\"steps\">\n{}</ol>\n", steps.iter().map(line).collect::<String>())
}

fn of_account(deletion: &Deletion) -> (&'static str, Vec<Step>) {
    let Deletion { status, requested_by, requested_at, purge_at, due_at, purged_at, verified_at, .. } = deletion;
    let asked = match requested_by.name() {
        None => format!("The deletion was requested on {}.", day(*requested_at)),
        Some(partner) => format!(
            "The deletion was requested through {partner} on {}. The account had no other way to sign in.",
            day(*requested_at)
        ),
    };
    let mut steps = vec![(DONE, "Requested", asked)];
    let (heading, erasure) = match status {
        DeletionStatus::Scheduled => {
            // The partner may sign the person in no more, so an open session may be the only way.
            let how = match requested_by.name() {
                None => "sign in to cancel it",
                Some(_) => "cancel it where you are still signed in, or sign in to cancel it",
            };
            let begins = format!("The erasure begins on {}. Until then, {how}.", day(*purge_at));
            ("This account is going to be deleted", (NOW, "Time to change your mind", begins))
        }
        DeletionStatus::Erasing => {
            ("This account is being erased", (NOW, "Erasure", "All data is being erased.".to_owned()))
        }
        DeletionStatus::Settling | DeletionStatus::Erased => {
            ("This account is erased", done("All data was erased", *purged_at))
        }
        DeletionStatus::Canceled => {
            let canceled = "The person signed in and canceled the deletion, so the account stays.".to_owned();
            steps.push((DONE, "Canceled", canceled));
            return ("This deletion was canceled", steps);
        }
    };
    steps.push(erasure);
    steps.push(match (status, verified_at) {
        (_, Some(at)) => (DONE, "Second check", format!("A second check found nothing on {}.", day(*at))),
        (DeletionStatus::Settling, None) => (NOW, "Second check", "Everything is looked for once more.".to_owned()),
        (_, None) => (TO_COME, "Second check", "Everything is looked for once more.".to_owned()),
    });
    let last = if *status == DeletionStatus::Erased { NOW } else { TO_COME };
    steps.push((last, "Backups", format!("Everything, backups included, is gone by {}.", day(*due_at))));
    (heading, steps)
}

/// The step of the erasure when it is over.
fn done(what: &str, at: Option<Timestamp>) -> Step {
    let sentence = at.map_or_else(|| format!("{what}."), |at| format!("{what} on {}.", day(at)));
    (DONE, "Erasure", sentence)
}

fn of_identity(removal: &Removal) -> (&'static str, Vec<String>) {
    let Removal { requested_by, outcome, requested_at, answered_at, .. } = removal;
    let partner = requested_by.name().unwrap_or("a partner");
    let asked = format!("The deletion was requested through {partner} on {}.", day(*requested_at));
    let (heading, done) = match outcome {
        RemovalOutcome::IdentityRemoved => {
            let removed = format!(
                "The sign-in with {partner} and what came from it were removed on {}. The account stays, because the \
                 person can sign in to it in another way. To delete the account, sign in and delete it there.",
                day(*answered_at)
            );
            ("Your data from this partner is deleted", removed)
        }
        RemovalOutcome::NothingHeld => {
            let nothing = format!("On {} we held nothing of this {partner} account.", day(*answered_at));
            ("We hold nothing of this account", nothing)
        }
        RemovalOutcome::UsedSince => {
            let used = format!(
                "Nothing was deleted, because the person used the sign-in with {partner} again after the request. To \
                 delete the account, sign in and delete it there.",
            );
            ("Nothing was deleted", used)
        }
    };
    (heading, vec![asked, done])
}

/// The day (UTC) for people, such as 5 March 2027.
fn day(at: Timestamp) -> String {
    at.strftime("%-d %B %Y (UTC)").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deletion::{
        code::DeletionCode,
        job::tests::{at, job},
        record::Requester,
    };

    fn words(deletion: Deletion) -> (&'static str, String) {
        DeletionRecord::Account(deletion).words()
    }

    #[test]
    fn every_state_of_a_deletion_has_words() {
        for (status, heading, sentence) in [
            (DeletionStatus::Scheduled, "going to be deleted", "The erasure begins on 22 January 2027 (UTC)"),
            (DeletionStatus::Erasing, "being erased", "is gone by 14 February 2027"),
            (DeletionStatus::Settling, "is erased", "is gone by 14 February 2027"),
            (DeletionStatus::Erased, "is erased", "requested on 15 January 2027"),
            (DeletionStatus::Canceled, "was canceled", "so the account stays"),
        ] {
            let (title, content) = words(job(status).deletion);
            assert!(title.contains(heading), "{status:?}: {title}");
            assert!(content.contains(sentence), "{status:?}: {content}");
        }
        let purged_at = Some(at(7));
        let (_, content) =
            words(Deletion { purged_at, verified_at: Some(at(8)), ..job(DeletionStatus::Erased).deletion });
        assert!(content.contains("All data was erased on 22 January 2027"), "{content}");
        assert!(content.contains("A second check found nothing on 23 January 2027"), "{content}");
    }

    #[test]
    fn the_page_says_that_a_partner_asked() {
        for (requested_by, name) in [
            (Requester::Facebook, "through Facebook"),
            (Requester::Apple, "through Apple"),
            (Requester::Google, "Google"),
        ] {
            let (_, content) = words(Deletion { requested_by, ..job(DeletionStatus::Scheduled).deletion });
            assert!(content.contains(name) && content.contains("where you are still signed in"), "{content}");
        }
        let (_, content) = words(job(DeletionStatus::Scheduled).deletion);
        assert!(!content.contains("through") && content.contains("Until then, sign in to cancel it."), "{content}");
    }

    #[test]
    fn an_answer_without_a_deletion_says_what_became_of_the_request() {
        for (outcome, sentence) in [
            (RemovalOutcome::IdentityRemoved, "were removed on 16 January 2027"),
            (RemovalOutcome::NothingHeld, "we held nothing of this Facebook account"),
            (RemovalOutcome::UsedSince, "used the sign-in with Facebook again"),
        ] {
            let removal = Removal::new(DeletionCode::of([1; 20]), Requester::Facebook, outcome, at(0), at(1));
            let (_, content) = DeletionRecord::Identity(removal).words();
            assert!(content.contains(sentence), "{content}");
        }
    }
}
