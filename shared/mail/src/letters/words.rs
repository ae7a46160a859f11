//! The words of every mail. The files beside this one have them by subject.

use crate::{
    letters::{
        cases::{self, CaseWords},
        deletions,
        letter::Letter,
        people, product,
        sender::Sender,
    },
    row::facts::Mail,
};
use kernel::Result;

/// The letter of a mail. `case_text` is what the case has and the row has not: the text of the reply for a
/// `case_answer`, the reason for a `case_closed`. Other mails need none.
///
/// # Errors
/// `internal` when a mail about a case comes without its text.
pub fn letter(mail: &Mail, case_text: Option<&str>, sender: &Sender) -> Result<Letter> {
    Ok(match mail {
        Mail::Welcome { credits } => people::welcome(*credits, sender),
        Mail::NewDevice { device, provider, at } => people::new_device(device, provider, *at, sender),
        Mail::IdentityLinked { provider, at } => people::linked(provider, *at, sender),
        Mail::IdentityRemoved { provider, at, by_partner } => people::removed(provider, *at, *by_partner, sender),
        Mail::PolicyChanged { document, path, effective_on, summary } => {
            people::document_changed(document, path, *effective_on, summary, sender)
        }
        Mail::DeletionReceived { code, received_at, due_at } => {
            deletions::received(code, *received_at, *due_at, sender)
        }
        Mail::DeletionConfirm { received_at, path, until, .. } => {
            deletions::confirm(*received_at, path, *until, sender)
        }
        Mail::DeletionReminder { received_at, path, until, .. } => {
            deletions::reminder(*received_at, path, *until, sender)
        }
        Mail::DeletionScheduled { code, requested_at, purge_at, due_at, path } => {
            deletions::scheduled(code, [*requested_at, *purge_at, *due_at], path, sender)
        }
        Mail::DeletionUnconfirmed { received_at, due_at, .. } => deletions::unconfirmed(*received_at, *due_at, sender),
        Mail::DeletionCanceled { at, .. } => deletions::canceled(*at, sender),
        Mail::DeletionErased { code, at } => deletions::erased(code, *at, sender),
        Mail::Acknowledgement { received_at, due_at } => deletions::acknowledgement(*received_at, *due_at, sender),
        Mail::CaseReceived { number, due_at } => cases::received(number, *due_at),
        Mail::CaseAnswer { number, .. } => cases::answer(number, CaseWords::required(case_text)?),
        Mail::CaseClosed { number, statement } => {
            cases::closed(number, CaseWords::required(case_text)?, statement.as_ref(), sender)
        }
        Mail::OperatorCase { number, about, due_at } => cases::for_operator(number, about, *due_at),
        Mail::GenerationDone { generation, model, outputs } => {
            product::generation_done(*generation, model, *outputs, sender)
        }
        Mail::CreditsLow { available } => product::credits_low(*available, sender),
        Mail::NewFeatures { title, features } => product::new_features(title, features, sender),
    })
}
