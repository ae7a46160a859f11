//! `account`: the state of an account.

use crate::{
    arguments::Who,
    console::{Console, scanned},
    day::Day,
    pseudonyms::DayPseudonyms,
    refusal::Refusal,
    report::{Report, counted, note_json, time, word},
};
use accounts::{DeletionMark, FoundAccount, Profile};
use aws::ScanProgress;
use cases::{CaseState, CaseSummary};
use credits::{Balance, BalanceStatus, Lot, LotFreeze};
use generations::Generation;
use kernel::{AccountId, Error, Timestamp};
use serde_json::{Value, json};

/// All that the command shows.
struct AccountState {
    id: AccountId,
    profile: Profile,
    balance: Balance,
    sessions: usize,
    deletion: Option<DeletionMark>,
    cases: Vec<CaseSummary>,
    open: Vec<Generation>,
    pseudonyms: DayPseudonyms,
}

pub(super) async fn show(who: &Who, console: &Console<'_>) -> Result<Report, Refusal> {
    match who {
        Who::Id(account) => Ok(AccountState::read(*account, console).await?.report(console.now)),
        Who::Email(email) => find(email, console).await,
    }
}

/// Finds the account of a mail address, and shows it if it is the only one and its partner has verified the address.
/// Otherwise the list says who gave the address: it may be that of another person.
async fn find(email: &str, console: &Console<'_>) -> Result<Report, Refusal> {
    let mut last = ScanProgress::default();
    let found = console.stores.accounts.find_by_email(email, console.watch("Accounts", &mut last)).await?;
    let cost = format!("No index has mail addresses, so the whole table was read: {}.", scanned(&last));
    match found.as_slice() {
        [] => Err(Refusal::missing(format!("No account has the address {email}. {cost}"))),
        [only] if only.email_verified => {
            Ok(AccountState::read(only.account, console).await?.report(console.now).line(cost))
        }
        listed => Ok(list(listed).line(cost).next("cargo ops account ID")),
    }
}

/// The accounts that have an address, each with its partner's word about the address.
fn list(found: &[FoundAccount]) -> Report {
    let json: Vec<Value> = found.iter().map(|FoundAccount { account, email_from, email_verified, .. }| {
        json!({ "account": account, "email_from": email_from, "email_verified": email_verified })
    }).collect();
    let rows = found.iter().map(|FoundAccount { account, email_from, email_verified, .. }| {
        let verified = if *email_verified { "verified" } else { "not verified" };
        vec![account.to_string(), email_from.clone().unwrap_or_else(|| "unknown".to_owned()), verified.to_owned()]
    });
    let head = match found {
        [_] => "One account has this address.",
        _ => "Several accounts have this address.",
    };
    let report = Report::new(json!({ "accounts": json })).line(head);
    let report = report.table(&["account", "address from", "address"], rows.collect(), "");
    report.line("An address that is not verified may be another person's. Do not take its account for the writer's.")
}

impl AccountState {
    async fn read(id: AccountId, console: &Console<'_>) -> Result<Self, Refusal> {
        let stores = console.stores;
        let profile = stores.accounts.read_profile_of(id).await?.ok_or_else(|| Refusal::no_account(id))?;
        let balance = console.balance(id).await?;
        let mut open = Vec::new();
        for hold in &balance.holds {
            match stores.generations.get(id, hold.generation).await {
                Ok(generation) => open.push(generation),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self {
            id,
            profile,
            sessions: stores.accounts.count_sessions(id, console.now).await?,
            deletion: stores.accounts.read_deletion_mark(id).await?,
            cases: stores.cases.list_of(id, console.now).await?,
            balance,
            open,
            pseudonyms: console.secrets.pseudonyms_of(Day::Today.date(console.now)?).await,
        })
    }

    fn report(&self, now: Timestamp) -> Report {
        let Balance { status, debt, lots, holds, version, .. } = &self.balance;
        let mut facts = vec![
            ("account", self.id.to_string()),
            ("pseudonym today", self.pseudonyms.text(self.id)),
            ("status", status.to_string()),
            ("available", format!("{} credits", self.balance.available(now))),
            ("frozen", format!("{} credits in frozen lots", self.balance.frozen_credits(now))),
            ("held", format!("{} credits in {}", self.balance.held(), counted(holds.len() as u64, "hold", "holds"))),
            ("owed", format!("{debt} credits")),
            ("mail address", self.address_line()),
            ("plan", self.profile.plan.clone().unwrap_or_else(|| "none".to_owned())),
            ("created", time(self.profile.created_at)),
            ("last sign-in", time(self.profile.signed_in_at)),
            ("sessions", self.sessions.to_string()),
            (
                "sign-in addresses",
                if self.profile.no_addresses_since.is_some() { "not kept" } else { "kept" }.to_owned(),
            ),
            ("ledger version", version.to_string()),
            ("deletion", self.deletion_line()),
        ];
        if let Some(note) = &self.balance.freeze_note {
            facts.insert(3, ("frozen by", note.actor().to_owned()));
            facts.insert(4, ("frozen because", note.reason().to_owned()));
        }
        let lots = lots.iter().map(|lot| {
            let expiry = lot.expiry().map_or_else(|| "never".to_owned(), time);
            vec![lot.id.clone(), word(lot.source), lot.remaining.to_string(), expiry, state(lot, now)]
        });
        let report = Report::new(self.json(now)).facts(facts);
        let report = report.table(&["lot", "source", "credits", "expires", "state"], lots.collect(), "No lots.");
        let report = report.table(
            &["generation under way", "model", "status", "held", "created"],
            self.open_rows(),
            "No generations under way.",
        );
        let report = report.table(&["case", "kind", "state", "due"], self.case_rows(), "No cases.");
        self.next(match self.pseudonyms.problem() {
            Some(problem) => report.line(problem),
            None => report,
        })
    }

    /// Where the address came from, and whether it is verified. The address itself is not shown.
    fn address_line(&self) -> String {
        let Profile { email, email_verified, email_from, .. } = &self.profile;
        let from = email_from.as_deref().unwrap_or("a partner");
        match (email, email_verified) {
            (None, _) => "none".to_owned(),
            (Some(_), true) => format!("verified by {from}"),
            (Some(_), false) => format!("from {from}, not verified"),
        }
    }

    fn deletion_line(&self) -> String {
        match &self.deletion {
            None => "none".to_owned(),
            Some(mark) => {
                let (requested, purge, due) = (time(mark.requested_at), time(mark.purge_at), time(mark.due_at));
                format!("code {}, requested {requested}, purge from {purge}, gone by {due}", mark.code)
            }
        }
    }

    fn open_rows(&self) -> Vec<Vec<String>> {
        let held = |generation: &Generation| self.balance.hold_of(generation.id).map(|hold| hold.amount());
        let rows = self.open.iter().map(|generation| {
            vec![
                generation.id.to_string(),
                generation.model.clone(),
                generation.status.as_str().to_owned(),
                held(generation).unwrap_or_default().to_string(),
                time(generation.created_at),
            ]
        });
        rows.collect()
    }

    fn case_rows(&self) -> Vec<Vec<String>> {
        self.cases.iter().map(super::case::row).collect()
    }

    fn next(&self, report: Report) -> Report {
        let (id, note) = (self.id, "--actor ROLE --reason TEXT");
        let report = match self.balance.status {
            BalanceStatus::Active => report.next(format!("cargo ops freeze {id} {note}")),
            BalanceStatus::Frozen => report.next(format!("cargo ops thaw {id} {note}")),
            BalanceStatus::Closing => report.next("nothing: the account is being deleted"),
        };
        let thaw = |lot: &str| format!("cargo ops thaw {id} --lot {lot} {note}");
        let report = self.balance.lot_freezes().keys().fold(report, |report, lot| report.next(thaw(lot)));
        let report = report.next(format!("cargo ledger-check {id}"));
        let open = self.cases.iter().find(|case| case.state == CaseState::Open);
        match open {
            Some(case) => report.next(format!("cargo ops case {}", case.number)),
            None => report,
        }
    }

    fn json(&self, now: Timestamp) -> Value {
        let Self { id, profile, balance, sessions, deletion, cases, open, pseudonyms } = self;
        let lots: Vec<Value> = balance.lots.iter().map(|lot| {
            json!({ "id": lot.id, "source": lot.source, "credits": lot.remaining, "expires_at": lot.expiry(), "spendable": lot.spendable(now), "frozen": lot.frozen.as_ref().map(freeze_json) })
        }).collect();
        let open: Vec<Value> = open.iter().map(|generation| {
            json!({ "id": generation.id, "model": generation.model, "status": generation.status, "created_at": generation.created_at })
        }).collect();
        let holds: Vec<Value> = balance.holds.iter().map(|hold| {
            json!({ "generation": hold.generation, "credits": hold.amount(), "expires_at": hold.expires_at })
        }).collect();
        json!({
            "account": id, "pseudonyms": pseudonyms.json(*id), "status": balance.status, "available": balance.available(now), "frozen": balance.frozen_credits(now), "held": balance.held(),
            "debt": balance.debt, "email_from": profile.email_from, "email_verified": profile.email_verified, "plan": profile.plan, "created_at": profile.created_at,
            "signed_in_at": profile.signed_in_at, "sessions": sessions, "no_addresses_since": profile.no_addresses_since,
            "freeze": balance.freeze_note.as_ref().map(note_json), "version": balance.version, "lots": lots, "holds": holds,
            "generations_under_way": open, "cases": cases,
            "deletion": deletion.as_ref().map(|mark| json!({
                "code": mark.code, "requested_at": mark.requested_at, "purge_at": mark.purge_at, "due_at": mark.due_at,
            })),
        })
    }
}

/// The state of a lot, for a person.
fn state(lot: &Lot, now: Timestamp) -> String {
    match &lot.frozen {
        Some(LotFreeze { at, note }) => format!("frozen by {} since {}: {}", note.actor(), time(*at), note.reason()),
        None if lot.spendable(now) => "spendable".to_owned(),
        None => "expired or later".to_owned(),
    }
}

fn freeze_json(LotFreeze { at, note }: &LotFreeze) -> Value {
    json!({ "actor": note.actor(), "reason": note.reason(), "at": at })
}
