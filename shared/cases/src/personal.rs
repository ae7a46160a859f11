//! The personal data of this slice: the cases of an account, and the rows of its messages.

use crate::{case::Case, keys, number::CaseNumber, store::CaseStore};
use aws::{Condition, WriteOutcome};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::{Value, json};

const TABLE: &str = "Cases";

impl PersonalData for CaseStore {
    fn claims(&self) -> &'static [Claim] {
        const ACCOUNT: &str = "account_id";
        &[
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::NAMED },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::REQUEST },
            // The case of a person who was not signed in belongs to no account. It ends 90 days after it
            // is closed.
            Claim::Items { table: TABLE, partition: keys::NUMBER, prefix: keys::CASE },
            Claim::Items { table: TABLE, partition: keys::REQUEST, prefix: keys::STRANGER },
        ]
    }

    /// None: nobody reaches an account from a case number, and [`Self::erase`] removes each case
    /// before the item that names it. So a run that ends half-way leaves the names of the rest.
    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let mut records = Vec::new();
            for number in self.numbers(account).await? {
                if let Some(case) = self.case_of(&number, account).await? {
                    records.push(Record { section: "cases", json: readable(&case).to_string() });
                }
            }
            Ok(records)
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let (mut erased, ours) = (Erased::default(), Condition::text("account", account.to_string()));
            for number in self.numbers(account).await? {
                let case = self.table().delete(number.as_str(), keys::CASE).when(ours.clone());
                erased.items += u64::from(matches!(case.apply().await?, WriteOutcome::Applied(_)));
            }
            erased.items += self.table().erase(&account.to_string()).await?;
            Ok(erased)
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let mut found = Vec::new();
            let partition = account.to_string();
            for sort in self.table().sort_keys(&partition).await? {
                if let Some(number) = keys::number(&sort)
                    && self.case_of(&number, account).await?.is_some()
                {
                    found.push(key(number.to_string(), keys::CASE.to_owned()));
                }
                found.push(key(partition.clone(), sort));
            }
            Ok(found)
        })
    }
}

impl CaseStore {
    /// The numbers of the account's cases. One request.
    async fn numbers(&self, account: AccountId) -> Result<Vec<CaseNumber>> {
        let sorts = self.table().sort_keys(&account.to_string()).await?;
        Ok(sorts.iter().filter_map(|sort| keys::number(sort)).collect())
    }

    async fn case_of(&self, number: &CaseNumber, account: AccountId) -> Result<Option<Case>> {
        let case: Option<Case> = self.table().get(number.as_str(), keys::CASE).await?;
        Ok(case.filter(|case| case.account == Some(account)))
    }
}

fn key(partition: String, sort: String) -> Key {
    Key::Item { table: TABLE, partition, sort }
}

fn readable(case: &Case) -> Value {
    let replies =
        case.replies.iter().map(|reply| json!({ "at": reply.at, "text": reply.text, "actor": reply.note.actor() }));
    let closing = case.closing.as_ref().map(|closing| {
        json!({ "at": closing.at, "actor": closing.note.actor(), "reason": closing.note.reason(), "granted": closing.granted })
    });
    let grant = case
        .grant
        .as_ref()
        .map(|grant| json!({ "at": grant.at, "actor": grant.note.actor(), "reason": grant.note.reason() }));
    json!({
        "number": case.number, "kind": case.kind, "state": case.state, "text": case.text, "reply_to": case.reply_to,
        "subject": case.subject, "received_at": case.received_at, "due_at": case.due_at,
        "replies": replies.collect::<Vec<_>>(), "grant": grant, "closing": closing,
        "expires_at": case.expires_at,
    })
}
