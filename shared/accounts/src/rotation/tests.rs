use super::*;
use kernel::{Fixed, limits::SIGN_IN_LIFETIME};
use proptest::prelude::*;
use std::time::Duration;

fn now() -> Timestamp {
    "2026-11-24T10:00:00.5Z".parse().unwrap()
}

fn after(duration: Duration) -> Timestamp {
    now().checked_add(duration).unwrap()
}

fn first() -> Secret {
    Secret::new([1; 32])
}

fn salt(of: &str) -> String {
    format!("salt-{of}")
}

#[track_caller]
fn rotated(stored: &Rotation, presented: &Secret, now: Timestamp, by: &str) -> (Secret, Rotation) {
    match stored.decide(presented, now, salt(by)) {
        Decision::Rotate { successor, next } => (successor, next),
        other => panic!("the token must be rotated, not {other:?}"),
    }
}

#[test]
fn each_use_yields_a_new_token_and_more_time() {
    let begun = Rotation::begin(&first(), now());
    let later = after(SIGN_IN_LIFETIME);
    let (second, next) = rotated(&begun, &first(), later, "one");
    assert_ne!(second, first());
    assert_eq!(next.expires_at, later.checked_add(SESSION_IDLE_LIFETIME).unwrap());
    let (third, _) = rotated(&next, &second, later, "two");
    assert_ne!(third, second);
}

#[test]
fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    let begun = Rotation::begin(&first(), now());
    let (winner, next) = rotated(&begun, &first(), now(), "winner");
    // The loser's condition failed; it decides again on what the winner stored.
    let loser = next.decide(&first(), now(), salt("loser"));
    assert_eq!(loser, Decision::Repeat { successor: winner.clone() });
    // Whichever tab goes on, goes on with a token that counts.
    rotated(&next, &winner, after(SIGN_IN_LIFETIME), "again");
}

#[test]
fn a_lost_answer_can_be_asked_for_again_for_half_a_minute() {
    let (successor, next) = rotated(&Rotation::begin(&first(), now()), &first(), now(), "lost");
    let again = |at| next.decide(&first(), at, salt("again"));
    assert_eq!(again(after(REFRESH_GRACE)), Decision::Repeat { successor });
    assert_eq!(again(after(REFRESH_GRACE + Duration::from_millis(1))), Decision::Reused);
}

#[test]
fn a_thief_and_the_victim_cannot_both_go_on() {
    let stolen = first();
    // The thief is first, twice; the victim's token looks like none that ever was.
    let (second, next) = rotated(&Rotation::begin(&stolen, now()), &stolen, now(), "thief");
    let (_, next) = rotated(&next, &second, after(Duration::from_secs(1)), "thief again");
    assert_eq!(next.decide(&stolen, after(Duration::from_secs(2)), salt("victim")), Decision::Reused);
}

#[test]
fn an_ended_or_expired_session_is_over_for_every_token() {
    let begun = Rotation::begin(&first(), now());
    let last = after(SESSION_IDLE_LIFETIME);
    rotated(&begun, &first(), last.checked_sub(Duration::from_millis(1)).unwrap(), "last");
    assert_eq!(begun.decide(&first(), last, salt("late")), Decision::Over);
    let ended = Rotation { ended_at: Some(now()), ..begun };
    for token in [first(), Secret::new([9; 32])] {
        assert_eq!(ended.decide(&token, now(), salt("x")), Decision::Over);
    }
}

#[test]
fn what_is_stored_yields_no_token() {
    let (second, next) = rotated(&Rotation::begin(&first(), now()), &first(), now(), "x");
    for token in [first(), second] {
        let text = URL_SAFE_NO_PAD.encode(token.bytes());
        assert!(!format!("{next:?}").contains(&text), "a secret is stored");
        assert_eq!(format!("{token:?}"), "Secret", "a secret is printed");
    }
    let from_hash = Secret::new(URL_SAFE_NO_PAD.decode(&next.current_hash).unwrap().try_into().unwrap());
    assert_eq!(next.decide(&from_hash, now(), salt("x")), Decision::Reused, "a hash must not pass for its secret");
}

#[test]
fn salts_and_secrets_come_from_the_source() {
    let ids = Ids::new(Fixed(7));
    assert_eq!(Secret::fresh(&ids).bytes(), [7; 32]);
    assert_eq!(fresh_salt(&ids), "BwcHBwcHBwcHBwcHBwcHBw");
}

/// What clients may do, one after another.
#[derive(Debug, Clone)]
enum Step {
    /// The newest token is used, and its answer arrives or is lost.
    Refresh { answer_arrives: bool },
    /// An old token (counted from the first) is used.
    Replay(usize),
    /// Time passes, in milliseconds.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => any::<bool>().prop_map(|answer_arrives| Step::Refresh { answer_arrives }),
        1 => (0..6_usize).prop_map(Step::Replay),
        3 => (0..45_000_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    /// Whatever happens: a session never knows more than one current token, a retry within
    /// the grace leads to it, and a token used too late ends everything for good.
    #[test]
    fn a_session_has_one_living_token_or_none(steps in steps()) {
        let mut at = now();
        let mut stored = Rotation::begin(&first(), at);
        // Every secret that ever counted, in order; the client holds one of the last two.
        let mut issued = vec![first()];
        let mut held = 0;
        for (number, step) in steps.into_iter().enumerate() {
            let presented = match step {
                Step::Wait(millis) => {
                    at = at.checked_add(Duration::from_millis(millis)).unwrap();
                    continue;
                }
                Step::Refresh { .. } => held,
                Step::Replay(old) => old.min(issued.len() - 1),
            };
            let newest = issued.len() - 1;
            let in_grace = at.duration_since(stored.rotated_at).as_millis() <= 30_000;
            match stored.decide(&issued[presented], at, number.to_string()) {
                Decision::Rotate { successor, next } => {
                    prop_assert_eq!(presented, newest, "only the newest token rotates");
                    prop_assert!(!issued.contains(&successor), "a token comes twice");
                    issued.push(successor);
                    stored = next;
                }
                Decision::Repeat { successor } => {
                    prop_assert!(presented + 1 == newest && in_grace, "only the one before is repeated, and soon");
                    prop_assert_eq!(&successor, &issued[newest]);
                }
                Decision::Reused => {
                    prop_assert!(presented < newest, "the newest token is never a reuse");
                    prop_assert!(presented + 1 < newest || !in_grace, "a retry in time is no theft");
                    stored.ended_at = Some(at);
                }
                Decision::Over => prop_assert!(stored.ended_at.is_some() || at >= stored.expires_at),
            }
            if matches!(step, Step::Refresh { answer_arrives: true }) {
                held = issued.len() - 1;
            }
        }
    }
}
