//! The stored form of entries and balances. Entries are kept as long as their account, so every
//! stored form must stay readable: a field may be added here, but none may change.

use super::*;
use serde_json::{Value, json};

fn stored(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

const MS: i64 = 1_800_000_000_000;
const GENERATION: &str = "00000000-0000-0000-0000-000000000001";

/// A book of a period of a subscription, of which 30 are held and 10 are held and due.
fn book() -> Book {
    let mut book = Book::new(vec![period("s", 0, 100)]);
    book.hold(1, 40, 1).unwrap();
    book.claw_back("s", 70, 2);
    book
}

fn part(remaining: u64) -> Value {
    json!({
        "id": "s", "source": "subscription", "remaining": remaining, "priority": 100,
        "effective_at": MS, "expires_at": MS + 100_000, "paid": { "amount": 499, "currency": "EUR" },
    })
}

#[test]
fn the_stored_form_of_entries_stays() {
    let wanted = [
        json!({
            "version": 1, "at": MS, "kind": "open",
            "terms": { "status": "active", "valid_from": MS, "parallel_limit": 3 },
        }),
        json!({
            "version": 2, "at": MS, "kind": "grant", "lot": part(100),
            "moves": [{ "lot": "s", "amount": 100, "from": "granted", "to": "free" }],
        }),
        json!({
            "version": 3, "at": MS + 1_000, "kind": "hold", "generation": GENERATION, "deadline": MS + 601_000,
            "moves": [{ "lot": "s", "amount": 40, "from": "free", "to": "held" }],
        }),
        json!({
            "version": 4, "at": MS + 2_000, "kind": "clawback", "cause": "refund",
            "moves": [
                { "lot": "s", "amount": 60, "from": "free", "to": "taken_back" },
                { "lot": "s", "amount": 10, "from": "held", "to": "due", "generation": GENERATION },
            ],
        }),
    ];
    assert_eq!(book().entries.iter().map(stored).collect::<Vec<_>>(), wanted);
}

#[test]
fn the_stored_form_of_a_balance_stays() {
    let balance = json!({
        "status": "active", "version": 4, "valid_from": MS, "parallel_limit": 3, "debt": 0, "lots": [], "usage": {},
        "holds": [{
            "generation": GENERATION, "expires_at": MS + 601_000, "parts": [part(30)], "due": [part(10)],
        }],
    });
    assert_eq!(stored(&book().balance), balance);
    let mut expired = Book::new(vec![period("s", 0, 100)]);
    expired.grant(lot("gift", 1, None), 100).unwrap();
    assert_eq!(stored(&expired.balance)["lapsed"], json!([{ "lot": "s", "amount": 100 }]));
}

#[test]
fn the_stored_form_of_a_settlement_stays() {
    let mut book = book();
    let settled = book.settle(1, 35, 200);
    let moves = json!([
        { "lot": "s", "amount": 30, "from": "held", "to": "spent" },
        { "lot": "s", "amount": 5, "from": "due", "to": "spent" },
        { "lot": "s", "amount": 5, "from": "debt", "to": "taken_back" },
        { "lot": "s", "amount": 5, "from": "due", "to": "taken_back" },
    ]);
    assert_eq!((&stored(&settled[0])["moves"], &stored(&settled[0])["model"]), (&moves, &json!("flux")));
    let usage = json!({ "2027-01": { "flux": { "generations": 1, "credits": 35 } } });
    assert_eq!(stored(&book.balance)["usage"], usage);
}

#[test]
fn the_stored_form_of_late_credits_and_of_notes_stays() {
    let mut late = Book::new(vec![lot("gift", 4, Some(100))]);
    late.hold(1, 4, 1).unwrap();
    let released = late.release(1, 200);
    let until = MS + (200 + DAY) * 1_000;
    let moves = json!([{ "lot": "gift", "amount": 4, "from": "held", "to": "free", "until": until }]);
    assert_eq!(stored(&released[0])["moves"], moves);
    assert_eq!(stored(&late.balance)["lots"][0]["prolonged_until"], until);
    late.hold(2, 4, 300).unwrap();
    assert_eq!(stored(late.entries.last().unwrap())["moves"][0]["late"], true);
    let note = stored(&late.adjust(Adjustment::Freeze, 301).unwrap()[0])["note"].clone();
    assert_eq!(note, json!({ "actor": "support", "reason": "The video was all green." }));
}
