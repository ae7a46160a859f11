//! The words of mails about an account and its ways to sign in.

use crate::letters::{
    letter::{Block, Letter},
    sender::Sender,
    time::{day, moment},
};
use jiff::civil::Date;
use kernel::Timestamp;

/// Why a person gets these mails.
const WHY: &str = "You get this mail because it concerns your account. It is no advertising.";

/// A new account.
pub(super) fn welcome(credits: u64, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!("Your account is ready, with {credits} credits to begin with.")),
        Block::text(
            "Describe a picture or a video, choose a model, and see the price before you press the button. A job that \
             fails costs you nothing.",
        ),
        Block::Action { label: "Create something", url: sender.url("/create") },
        Block::text(
            "You can download everything that we keep about you, or delete your account, at any time on the page of \
             your account.",
        ),
    ];
    Letter::new("Welcome to Cinemaxsai", format!("{credits} credits to begin with."), WHY, blocks)
}

/// A sign-in from a device that the account did not know.
pub(super) fn new_device(device: &str, provider: &str, at: Timestamp, sender: &Sender) -> Letter {
    let facts = vec![fact("Device", device), fact("Signed in with", provider), ("When".to_owned(), moment(at))];
    let blocks = vec![
        Block::text("Somebody signed in to your account from a device that it did not know."),
        Block::Facts(facts),
        Block::text("If this was you, there is nothing to do."),
        Block::text(format!(
            "If it was not, end that session on the page of your account, and check who can sign in to your account at \
             {provider}."
        )),
        Block::Action { label: "See your devices", url: sender.url("/account#devices") },
    ];
    Letter::new("New sign-in to your account", "If this was you, there is nothing to do.", WHY, blocks)
}

/// A way to sign in was added.
pub(super) fn linked(provider: &str, at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!("From now on you can sign in to your account with {provider}.")),
        Block::Facts(vec![fact("Added", provider), ("When".to_owned(), moment(at))]),
        Block::text("If it was not you, remove it on the page of your account, and write to us."),
        Block::Action { label: "See your sign-ins", url: sender.url("/account#sign-ins") },
    ];
    Letter::new(format!("{provider} was added to your account"), "A new way to sign in.", WHY, blocks)
}

/// A way to sign in was removed.
pub(super) fn removed(provider: &str, at: Timestamp, by_partner: bool, sender: &Sender) -> Letter {
    let by = if by_partner { provider } else { "You, on the page of your account" };
    let blocks = vec![
        Block::text(format!("Nobody can sign in to your account with {provider} any more.")),
        Block::Facts(vec![fact("Removed", provider), fact("By", by), ("When".to_owned(), moment(at))]),
        Block::text("If it was not you, sign in another way, check your devices, and write to us."),
        Block::Action { label: "See your sign-ins", url: sender.url("/account#sign-ins") },
    ];
    Letter::new(format!("{provider} was removed from your account"), "A way to sign in is gone.", WHY, blocks)
}

/// A document changes.
pub(super) fn document_changed(
    document: &str,
    path: &str,
    effective_on: Date,
    summary: &str,
    sender: &Sender,
) -> Letter {
    let blocks = vec![
        Block::text(format!("The new version of our {document} comes into force on {}.", day(effective_on))),
        Block::text(summary),
        Block::text(
            "The page shows every sentence that is new or gone. If you go on using the service, you accept it.",
        ),
        Block::Action { label: "Read what changes", url: sender.url(path) },
    ];
    let preheader = format!("In force from {}.", day(effective_on));
    Letter::new(format!("Our {document} changes"), preheader, WHY, blocks)
}

fn fact(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
