//! How entries and balances are stored. Entries live as long as their account, so what was
//! written once must be read for ever: a field may be added here, none may change.

use super::*;
use serde_json::{Value, json};

fn stored(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn what_is_stored_keeps_its_form() {
    let mut book = Book::new(vec![period("s", 0, 100)]);
    book.hold(1, 40, 1).unwrap();
    book.claw_back("s", 70, 2);
    let generation = "00000000-0000-0000-0000-000000000001";
    let ms = 1_800_000_000_000_i64;
    let part = |remaining: u64| {
        json!({
            "id": "s", "source": "subscription", "remaining": remaining, "priority": 100,
            "effective_at": ms, "expires_at": ms + 100_000, "paid": { "amount": 499, "currency": "EUR" },
        })
    };
    let wanted = [
        json!({
            "version": 1, "at": ms, "kind": "open",
            "terms": { "status": "active", "valid_from": ms, "parallel_limit": 3 },
        }),
        json!({
            "version": 2, "at": ms, "kind": "grant", "lot": part(100),
            "moves": [{ "lot": "s", "amount": 100, "from": "granted", "to": "free" }],
        }),
        json!({
            "version": 3, "at": ms + 1_000, "kind": "hold", "generation": generation, "deadline": ms + 601_000,
            "moves": [{ "lot": "s", "amount": 40, "from": "free", "to": "held" }],
        }),
        json!({
            "version": 4, "at": ms + 2_000, "kind": "clawback", "cause": "refund",
            "moves": [
                { "lot": "s", "amount": 60, "from": "free", "to": "taken_back" },
                { "lot": "s", "amount": 10, "from": "held", "to": "due", "generation": generation },
            ],
        }),
    ];
    assert_eq!(book.entries.iter().map(stored).collect::<Vec<_>>(), wanted);
    let balance = json!({
        "status": "active", "version": 4, "valid_from": ms, "parallel_limit": 3, "debt": 0, "lots": [], "usage": {},
        "holds": [{
            "generation": generation, "expires_at": ms + 601_000, "parts": [part(30)], "due": [part(10)],
        }],
    });
    assert_eq!(stored(&book.balance), balance);

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

    let mut late = Book::new(vec![lot("gift", 4, Some(100))]);
    late.hold(1, 4, 1).unwrap();
    let released = late.release(1, 200);
    let until = ms + (200 + DAY) * 1_000;
    let moves = json!([{ "lot": "gift", "amount": 4, "from": "held", "to": "free", "until": until }]);
    assert_eq!(stored(&released[0])["moves"], moves);
    assert_eq!(stored(&late.balance)["lots"][0]["prolonged_until"], until);
    late.hold(2, 4, 300).unwrap();
    assert_eq!(stored(late.entries.last().unwrap())["moves"][0]["late"], true);
    let note = stored(&book.adjust(Adjustment::Freeze, 301).unwrap()[0])["note"].clone();
    assert_eq!(note, json!({ "actor": "support", "reason": "The video was all green." }));
}
