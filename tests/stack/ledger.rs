//! The operators' command `ledger-check`, on a running deployment.

use crate::{
    journey::finished,
    person::{PRICE, Person, id},
    stack::together,
};
use ledger_check::LedgerReport;
use std::collections::HashMap;

#[test]
fn the_ledger_of_a_person_is_proven_by_port_and_by_environment() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        finished(&person, &id(&person.submit().await.ok(202))).await.unwrap();
        let platform = &stack.platform;
        let log = platform.cloud_log();
        let shelf = log.ancestors().nth(2).expect("the log lies in the folder of its run");
        let port = platform.base_url().rsplit(':').next().expect("the origin has a port").to_owned();
        let none = HashMap::new();
        let by_port = ledger_check::run(["--port".to_owned(), port, person.account.clone()], &none, shelf);
        let table = platform.resource("Credits").expect("the template has this table").id.clone();
        let variables = HashMap::from([
            ("CREDITS_TABLE".to_owned(), table),
            ("AWS_REGION".to_owned(), "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), platform.cloud().to_owned()),
        ]);
        let by_environment = ledger_check::run([person.account.clone()], &variables, shelf);
        let left = 50 - PRICE;
        let text = format!("the entries (3) fold to version 3: {left} credits in lots, 0 held, 0 owed");
        assert_eq!(by_port.await, LedgerReport::Proven(text.clone()));
        assert_eq!(by_environment.await, LedgerReport::Proven(text));
    });
}
