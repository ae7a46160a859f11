//! `grant`: gives credits once.

use crate::{
    console::Console,
    report::{CommandOutcome, Report, note_json, time},
};
use credits::{Gift, GiftKey, GiftKind, OperatorOutcome};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{AccountId, Credits, Error, Note, Result, Timestamp};
use serde_json::json;

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
) -> Result<CommandOutcome> {
    let expires_at = asked.expires.map(|day| expiry(day, console.now)).transpose()?;
    let (credits, kind) = (asked.credits, asked.kind);
    let Some(key) = asked.key.clone().filter(|_| confirmed) else {
        return plan(account, &asked, expires_at, note, console).await.map(CommandOutcome::Planned);
    };
    let gift = Gift { key, kind, credits, expires_at };
    let done = console.stores.credits.give(account, &gift, note, console.ids, console.now).await?;
    let (changed, available) = (matches!(done, OperatorOutcome::Changed(_)), done.balance().available(console.now));
    let json = json!({
        "done": true, "account": account, "credits": credits, "kind": kind, "expires_at": expires_at,
        "key": gift.key.to_string(), "changed": changed, "available": available, "note": note_json(note),
    });
    let said = match changed {
        true => format!("{credits} credits were given. The account has {available} credits available."),
        false => format!("The key {} has given this already. Nothing was changed.", gift.key),
    };
    Ok(CommandOutcome::Done(Report::new(json).line(said).next(format!("cargo ledger-check {account}"))))
}

async fn plan(
    account: AccountId,
    asked: &AskedGift,
    expires_at: Option<Timestamp>,
    note: &Note,
    console: &Console<'_>,
) -> Result<Report> {
    let balance = console.stores.credits.read_balance(account).await?.ok_or(Error::NotFound)?;
    balance.can_take_a_lot(console.now)?;
    let random = u64::from_be_bytes(console.ids.bytes());
    let key = asked.key.as_ref().map_or_else(|| format!("ops-{random:016x}"), ToString::to_string);
    let kind = json!(asked.kind);
    let facts = vec![
        ("would", format!("give {} credits to {account}", asked.credits)),
        ("kind", kind.as_str().unwrap_or_default().to_owned()),
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
    Ok(match asked.key {
        Some(_) => report,
        None => {
            report.next(format!("the same command with --key {key} --yes; a repetition with this key gives nothing"))
        }
    })
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
