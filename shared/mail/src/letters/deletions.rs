//! The words of mails about the deletion of an account.

use crate::letters::{
    letter::{Block, Letter},
    sender::Sender,
    time::{day_of, moment},
};
use kernel::Timestamp;

/// Why a person gets mails about a request.
const WHY_REQUEST: &str = "You get this mail because we were asked to delete an account with this address.";

/// Why a person gets mails about their deletion.
const WHY_ACCOUNT: &str = "You get this mail because of a request to delete your account.";

/// A request for deletion came by mail.
pub(super) fn received(code: &str, received_at: Timestamp, due_at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text("We have received your request to delete your account. A person looks at it and writes to you."),
        Block::Facts(vec![
            ("Received".to_owned(), moment(received_at)),
            ("Everything is gone by".to_owned(), day_of(due_at)),
        ]),
        Block::Action { label: "See how far it is", url: sender.url(&status(code)) },
        Block::text("If you can sign in, you can also delete your account at once, on the page of your account."),
    ];
    Letter::new("We received your request", "Your request to delete your account.", WHY_REQUEST, blocks)
}

/// A request for deletion needs a confirmation.
pub(super) fn confirm(received_at: Timestamp, path: &str, until: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!("On {} we were asked by mail to delete your account.", moment(received_at))),
        Block::text("A mail alone does not prove that you wrote it. Please confirm the request."),
        Block::Action { label: "Confirm the deletion", url: sender.url(path) },
        Block::text(format!("The page works until {}. You can also confirm by signing in.", moment(until))),
        Block::text("If you did not ask for this, do nothing. Your account stays as it is."),
    ];
    Letter::new("Please confirm: delete your account?", "Nothing happens until you confirm.", WHY_REQUEST, blocks)
}

/// A request for deletion still needs its confirmation.
pub(super) fn reminder(received_at: Timestamp, path: &str, until: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!("On {} we were asked by mail to delete your account.", moment(received_at))),
        Block::text("We still wait for your confirmation."),
        Block::Action { label: "Confirm the deletion", url: sender.url(path) },
        Block::text(format!("The page works until {}. You can also confirm by signing in.", moment(until))),
        Block::text("If you did not ask for this, do nothing. Your account stays as it is."),
    ];
    let preheader = format!("We wait until {}.", day_of(until));
    Letter::new("Reminder: delete your account?", preheader, WHY_REQUEST, blocks)
}

/// A deletion is scheduled. `times`: when it was asked for, when the erasure begins, and when everything is gone.
pub(super) fn scheduled(code: &str, times: [Timestamp; 3], path: &str, sender: &Sender) -> Letter {
    let [requested_at, purge_at, due_at] = times;
    let facts = vec![
        ("Asked for".to_owned(), moment(requested_at)),
        ("The erasure begins".to_owned(), moment(purge_at)),
        ("Everything is gone by".to_owned(), day_of(due_at)),
    ];
    let blocks = vec![
        Block::text(
            "Your account will be deleted with everything in it: your works, your prompts, your uploads and your \
             credits.",
        ),
        Block::Facts(facts),
        Block::text("Until the erasure begins you can sign in, download your works, and keep your account."),
        Block::Action { label: "Keep my account", url: sender.url(path) },
        Block::text("If you want the deletion, there is nothing to do. This page shows how far it is:"),
        Block::Action { label: "See the deletion", url: sender.url(&status(code)) },
        Block::text("If you did not ask for it, keep your account, and check who can read your mail."),
    ];
    let preheader = format!("You can keep it until {}.", moment(purge_at));
    Letter::new(format!("Your account will be deleted on {}", day_of(purge_at)), preheader, WHY_ACCOUNT, blocks)
}

/// A request for deletion got no confirmation.
pub(super) fn unconfirmed(received_at: Timestamp, due_at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!(
            "On {} we were asked by mail to delete your account. We got no confirmation, so we do not know whether it \
             was you.",
            moment(received_at)
        )),
        Block::text("You can still prove it, in one of these ways:"),
        Block::text("1. Sign in, and delete your account on the page of your account."),
        Block::text(
            "2. Reply to this mail, and name something that only you can know: the day on which you created the \
             account, a prompt that you wrote, or the last digits of a payment's number. Do not send a copy of an \
             identity card.",
        ),
        Block::Action { label: "Sign in", url: sender.url("/sign-in?return_to=/account") },
        Block::text(format!("A person decides before {}, and writes to you.", day_of(due_at))),
    ];
    Letter::new("We could not confirm your request", "How to prove that it is your account.", WHY_REQUEST, blocks)
}

/// A deletion was canceled.
pub(super) fn canceled(at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text("Your account stays. Nothing was deleted."),
        Block::Facts(vec![("The deletion was called off".to_owned(), moment(at))]),
        Block::text("Jobs that were stopped do not start again by themselves."),
        Block::text("If it was not you, ask for the deletion again, and check who can sign in to your account."),
        Block::Action { label: "Open my account", url: sender.url("/account") },
    ];
    Letter::new("Your account stays", "The deletion was called off.", WHY_ACCOUNT, blocks)
}

/// An account is erased.
pub(super) fn erased(code: &str, at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text("Your account and everything in it is erased. We looked twice, and found nothing left."),
        Block::Facts(vec![("Verified".to_owned(), moment(at))]),
        Block::text("The receipt is signed. It says what was erased, what the law makes us keep, and for how long."),
        Block::Action { label: "See the receipt", url: sender.url(&status(code)) },
        Block::text("This is our last mail. Our copy of your address is removed once it is sent."),
    ];
    Letter::new("Everything is erased", "Your account and everything in it is gone.", WHY_ACCOUNT, blocks)
}

/// A mail that asks for a deletion has arrived. It says nothing about whether there is an account.
pub(super) fn acknowledgement(received_at: Timestamp, due_at: Timestamp, sender: &Sender) -> Letter {
    let blocks = vec![
        Block::text(format!("We received your mail on {}.", moment(received_at))),
        Block::text(
            "For the safety of everybody, we do not say by mail whether there is an account with an address. If there \
             is one, and your mail asks to delete it, you can confirm that at once by signing in:",
        ),
        Block::Action { label: "Sign in to confirm", url: sender.url("/sign-in?return_to=/account") },
        Block::text(
            "Sign in with the Google, Apple or Facebook account that you used before. Then choose \"Delete my \
             account\". This also works if your account hides your address.",
        ),
        Block::text(format!("Once it is confirmed, everything is gone by {}.", day_of(due_at))),
        Block::text("If we know the address that you wrote from, we have sent what to do next to the address on file."),
    ];
    let why = "You get this answer once, because a mail came to us from this address.";
    Letter::new("We received your mail", "How to confirm that you want your account deleted.", why, blocks)
}

/// The page that shows how far a deletion is.
fn status(code: &str) -> String {
    format!("/deletions/{code}")
}
