use super::{LedgerReport, arguments::CheckArguments, check, run};
use aws::{Decision, transact};
use credits::{Balance, CreditStore, Lot, keys};
use kernel::AccountId;
use std::{collections::HashMap, fs, path::PathBuf};
use testkit::{CREDITS_TABLE, Fault, Faults, World};

const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";

fn parse(line: &str) -> Result<CheckArguments, String> {
    CheckArguments::parse(line.split_whitespace().map(str::to_owned))
}

/// An empty folder for this test.
fn dev_folder(test: &str) -> PathBuf {
    let dev_folder = std::env::temp_dir().join(format!("ledger-check-{}-{test}", std::process::id()));
    let _ = fs::remove_dir_all(&dev_folder);
    fs::create_dir_all(&dev_folder).unwrap();
    dev_folder
}

async fn born(world: &World) -> (CreditStore, AccountId) {
    let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
    let (account, now) = (AccountId::new(world.ids().uuid_v7(world.now())), world.now());
    let (table, _) = store.balance_key();
    let born = async || Ok(Decision::Commit(store.welcome_changes(account, Lot::welcome(now), now)?, ()));
    transact(table.db(), &world.ids(), born).await.unwrap();
    (store, account)
}

#[test]
fn the_arguments_are_an_account_and_an_optional_port() {
    let account = ACCOUNT.parse().unwrap();
    assert_eq!(parse(ACCOUNT), Ok(CheckArguments::Check { account, port: None }));
    for line in [format!("--port 9000 {ACCOUNT}"), format!("{ACCOUNT} --port=9000")] {
        assert_eq!(parse(&line), Ok(CheckArguments::Check { account, port: Some(9_000) }), "{line}");
    }
    assert_eq!(parse("--help"), Ok(CheckArguments::Help));
    let two = format!("{ACCOUNT} {ACCOUNT}");
    for (line, word) in [
        ("", "Which account"),
        ("alice", "no id"),
        (&*two, "One account"),
        ("--port x", "not x"),
        ("--prot 1", "--prot"),
    ] {
        let problem = parse(line).unwrap_err();
        assert!(problem.contains(word), "{line}: the message should say {word}: {problem}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_folds_is_proven_and_nothing_is_written() {
    let world = World::new(1);
    let (store, account) = born(&world).await;
    let before = world.snapshot();
    let report = check(&store, account, "here").await;
    let text = "the entries (1) fold to version 1: 50 credits in lots, 0 held, 0 owed";
    assert_eq!((report.code(), report), (0, LedgerReport::Proven(text.to_owned())));
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_broken_ledger_is_reported_with_place_and_instructions_and_without_the_account() {
    let world = World::new(1);
    let (store, account) = born(&world).await;
    let (table, partition) = (world.clients().dynamodb().table(CREDITS_TABLE), account.to_string());
    let balance = store.read_balance(account).await.unwrap().unwrap();
    let reported = async |part: &str| {
        let report = check(&store, account, "here").await;
        let LedgerReport::Broken(text) = &report else { panic!("it must be broken: {report:?}") };
        assert!(text.contains(part) && text.contains("Do not edit"), "{text}");
        assert!(!text.contains(&partition), "the account must not be printed: {text}");
        assert_eq!(report.code(), 1);
    };
    let mut richer = Balance { ..balance.clone() };
    richer.lots[0].remaining.0 += 1;
    table.put(&partition, keys::BALANCE, &richer).apply().await.unwrap();
    reported("lots: the balance says 51 credits in lots (1), its entries say 50 credits in lots (1)").await;
    table.put(&partition, keys::BALANCE, &balance).apply().await.unwrap();
    table.delete(&partition, &keys::entry(1)).apply().await.unwrap();
    reported("the balance is at version 1, and the last entry is 0").await;
}

#[tokio::test(start_paused = true)]
async fn an_impossible_check_is_neither_proven_nor_broken() {
    let world = World::new(1);
    let (store, account) = born(&world).await;
    let report = check(&store, ACCOUNT.parse().unwrap(), "here").await;
    assert_eq!((report.code(), report), (2, LedgerReport::Unchecked("There is no such account on here.".to_owned())));
    world.inject(Faults::every("dynamodb.", Fault::ServerError));
    let report = check(&store, account, "here").await;
    assert!(matches!(&report, LedgerReport::Unchecked(text) if text.starts_with("here does not answer")), "{report:?}");
    let dev_folder = dev_folder("empty");
    for (line, code) in [("--help", 0), ("", 2), ("alice", 2), (ACCOUNT, 2)] {
        let arguments = line.split_whitespace().map(str::to_owned);
        assert_eq!(run(arguments, &HashMap::new(), &dev_folder).await.code(), code, "{line:?}");
    }
    fs::remove_dir_all(dev_folder).unwrap();
}
