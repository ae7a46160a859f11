//! `grant`: gives credits once.

use crate::{
    console::Console,
    refusal::Refusal,
    report::{CommandOutcome, Report, counted, note_json, time, word},
};
use credits::{BalanceStatus, Gift, GiftKey, GiftKind, OperatorOutcome};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{AccountId, Credits, Error, Note, Result, Timestamp};
use serde_json::json;

/// The effect of a key.
const ONCE: &str = "A repetition with the same key gives nothing.";

/// A larger gift is probably a slip of the keyboard, so its plan says so.
const LARGE: Credits = Credits(10_000);

/// The grant that the operator asks for.
pub(super) struct AskedGift {
    pub(super) credits: Credits,
    pub(super) kind: GiftKind,
    pub(super) expires: Option<Date>,
    pub(super) key: Option<GiftKey>,
}

pub(super) async fn run(
    account: AccountId,
    asked: AskedGift,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let expires_at = asked.expires.map(|day| expiry(day, console.now)).transpose()?;
    let (credits, kind) = (asked.credits, asked.kind);
    let Some(key) = asked.key.clone().filter(|_| confirmed) else {
        return plan(account, &asked, expires_at, note, confirmed, console).await.map(CommandOutcome::Planned);
    };
    let gift = Gift { key, kind, credits, expires_at };
    let done = match console.stores.credits.give(account, &gift, note, console.ids, console.now).await {
        Ok(done) => done,
        Err(error) => return Err(refused(account, &gift.key, error, console).await),
    };
    let (changed, available) = (matches!(done, OperatorOutcome::Changed(_)), done.balance().available(console.now));
    let json = json!({
        "done": true, "account": account, "credits": credits, "kind": kind, "expires_at": expires_at,
        "key": gift.key.to_string(), "changed": changed, "available": available, "note": note_json(note),
    });
    let said = match changed {
        true => format!(
            "Given: {}. The account has {available} credits available.",
            counted(credits.0, "credit", "credits")
        ),
        false => format!("The key {} has given this already. Nothing was changed.", gift.key),
    };
    Ok(CommandOutcome::Done(Report::new(json).line(said).next(format!("cargo ledger-check {account}"))))
}

async fn plan(
    account: AccountId,
    asked: &AskedGift,
    expires_at: Option<Timestamp>,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<Report, Refusal> {
    let balance = console.balance(account).await?;
    balance.can_take_a_lot(console.now).map_err(|error| cannot_take(account, balance.status, error))?;
    let random = u64::from_be_bytes(console.ids.bytes());
    let key = asked.key.as_ref().map_or_else(|| format!("ops-{random:016x}"), ToString::to_string);
    let kind = word(asked.kind);
    let facts = vec![
        ("would", format!("give {} to {account}", counted(asked.credits.0, "credit", "credits"))),
        ("kind", kind.clone()),
        ("expires", expires_at.map_or_else(|| "never".to_owned(), time)),
        ("key", key.clone()),
        ("available now", format!("{} credits", balance.available(console.now))),
        ("actor", note.actor().to_owned()),
        ("the person reads", note.reason().to_owned()),
    ];
    let json = json!({
        "would": "grant", "account": account, "credits": asked.credits, "kind": kind, "expires_at": expires_at,
        "key": key, "note": note_json(note),
    });
    let report = Report::new(json).facts(facts);
    let report = match asked.credits > LARGE {
        true => report.line(format!("Warning: this is more than {LARGE} credits. Check the number.")),
        false => report,
    };
    Ok(match (&asked.key, confirmed) {
        (Some(_), _) => report,
        (None, false) => report.line(ONCE).needs(format!("--key {key} --yes")),
        (None, true) => report.line(ONCE).needs(format!("--key {key}")),
    })
}

/// The refusal of a gift, with what to do.
async fn refused(account: AccountId, key: &GiftKey, error: Error, console: &Console<'_>) -> Refusal {
    match error {
        Error::IdempotencyKeyReused => Refusal::new(
            &error,
            format!(
                "The key {key} was used for another gift: its credits, kind, expiry, actor or reason differ. \
                 Choose another key for another gift."
            ),
        ),
        Error::AccountNotActive => match console.balance(account).await {
            Ok(balance) => cannot_take(account, balance.status, error),
            Err(refusal) => refusal,
        },
        error => Refusal::of(error, || Refusal::no_account(account)),
    }
}

/// The refusal of an account that cannot take a lot.
fn cannot_take(account: AccountId, status: BalanceStatus, error: Error) -> Refusal {
    let detail = match (&error, status) {
        (Error::AccountNotActive, BalanceStatus::Frozen) => {
            format!("The account is frozen: thaw it first, with `cargo ops thaw {account}`.")
        }
        (Error::AccountNotActive, BalanceStatus::Closing) => {
            "The account is being deleted, so it takes no credits.".to_owned()
        }
        (Error::TooManyLots { limit }, _) => {
            format!("{limit} lots of credits are open, as many as an account may have. Some must be spent first.")
        }
        _ => return error.into(),
    };
    Refusal::new(&error, detail)
}

/// The end of a day in UTC. The credits can be spent on the whole day.
fn expiry(day: Date, now: Timestamp) -> Result<Timestamp> {
    let end = day.tomorrow().and_then(|next| TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)));
    match end {
        Ok(end) if end > now => Ok(end),
        _ => Err(Error::invalid("expires", "The date of --expires must not be in the past.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_expire_at_the_end_of_their_last_day() {
        let now: Timestamp = "2027-01-31T23:59:59Z".parse().unwrap();
        let end = expiry("2027-01-31".parse().unwrap(), now).unwrap();
        assert_eq!(end, "2027-02-01T00:00:00Z".parse().unwrap());
        assert_eq!(expiry("2027-01-30".parse().unwrap(), now).unwrap_err().code(), "invalid");
    }
}
