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

fn first() -> RefreshSecret {
    RefreshSecret::new([1; 32])
}

fn salt(of: &str) -> String {
    format!("salt-{of}")
}

#[track_caller]
fn rotated(stored: &TokenFamily, presented: &RefreshSecret, now: Timestamp, by: &str) -> (RefreshSecret, TokenFamily) {
    match stored.refresh_decision(presented, now, salt(by)) {
        RefreshDecision::Rotate { successor, next } => (successor, next),
        other => panic!("the token must be rotated, not {other:?}"),
    }
}

#[test]
fn each_use_yields_a_new_token_and_more_time() {
    let begun = TokenFamily::begin(&first(), now());
    let later = after(SIGN_IN_LIFETIME);
    let (second, next) = rotated(&begun, &first(), later, "one");
    assert_ne!(second, first());
    assert_eq!(next.expires_at, later.checked_add(SESSION_IDLE_LIFETIME).unwrap());
    let (third, _) = rotated(&next, &second, later, "two");
    assert_ne!(third, second);
}

#[test]
fn a_sign_in_is_recent_for_a_quarter_of_an_hour_and_a_refresh_does_not_renew_it() {
    let begun = TokenFamily::begin(&first(), now());
    let (_, next) = rotated(&begun, &first(), after(RECENT_SIGN_IN), "one");
    let late = after(RECENT_SIGN_IN + Duration::from_millis(1));
    for family in [begun, next] {
        assert!(family.began_recently(now()) && family.began_recently(after(RECENT_SIGN_IN)));
        assert!(!family.began_recently(late));
    }
}

#[test]
fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    let begun = TokenFamily::begin(&first(), now());
    let (winner, next) = rotated(&begun, &first(), now(), "winner");
    // The loser's condition failed. It decides again on the state that the winner stored.
    let loser = next.refresh_decision(&first(), now(), salt("loser"));
    assert_eq!(loser, RefreshDecision::Repeat { successor: winner.clone() });
    // Each tab has the current token now.
    rotated(&next, &winner, after(SIGN_IN_LIFETIME), "again");
}

#[test]
fn a_session_continues_with_the_secrets_that_a_refresh_accepts() {
    let begun = TokenFamily::begin(&first(), now());
    let (second, next) = rotated(&begun, &first(), now(), "one");
    let (grace, late) = (after(REFRESH_GRACE), after(REFRESH_GRACE + Duration::from_millis(1)));
    let ended = TokenFamily { ended_at: Some(now()), ..next.clone() };
    for (what, family, secret, at, continues) in [
        ("the first secret", &begun, first(), now(), true),
        ("the current secret", &next, second.clone(), late, true),
        ("the one before", &next, first(), grace, true),
        ("the one before, late", &next, first(), late, false),
        ("another secret", &next, RefreshSecret::new([2; 32]), now(), false),
        ("an ended session", &ended, second.clone(), now(), false),
        ("an expired session", &next, second, after(SESSION_IDLE_LIFETIME), false),
    ] {
        assert_eq!(family.continues_with(&secret, at), continues, "{what}");
    }
}

#[test]
fn a_lost_answer_is_repeated_for_half_a_minute() {
    let (successor, next) = rotated(&TokenFamily::begin(&first(), now()), &first(), now(), "lost");
    let again = |at| next.refresh_decision(&first(), at, salt("again"));
    assert_eq!(again(after(REFRESH_GRACE)), RefreshDecision::Repeat { successor });
    assert_eq!(again(after(REFRESH_GRACE + Duration::from_millis(1))), RefreshDecision::EndSession);
}

#[test]
fn a_thief_and_the_victim_cannot_both_continue() {
    let stolen = first();
    // The thief refreshes twice. Then the victim's token is neither the current nor the previous one.
    let (second, next) = rotated(&TokenFamily::begin(&stolen, now()), &stolen, now(), "thief");
    let (_, next) = rotated(&next, &second, after(Duration::from_secs(1)), "thief again");
    assert_eq!(
        next.refresh_decision(&stolen, after(Duration::from_secs(2)), salt("victim")),
        RefreshDecision::EndSession
    );
}

#[test]
fn an_ended_or_expired_session_refuses_every_token() {
    let begun = TokenFamily::begin(&first(), now());
    let last = after(SESSION_IDLE_LIFETIME);
    rotated(&begun, &first(), last.checked_sub(Duration::from_millis(1)).unwrap(), "last");
    assert_eq!(begun.refresh_decision(&first(), last, salt("late")), RefreshDecision::Refuse);
    let ended = TokenFamily { ended_at: Some(now()), ..begun };
    for token in [first(), RefreshSecret::new([9; 32])] {
        assert_eq!(ended.refresh_decision(&token, now(), salt("x")), RefreshDecision::Refuse);
    }
}

#[test]
fn a_session_ends_half_a_year_after_its_sign_in_however_often_it_is_used() {
    let end = after(SESSION_LIFETIME);
    let mut stored = TokenFamily::begin(&first(), now());
    let (mut secret, mut at, mut uses) = (first(), now(), 0);
    while later(at, SESSION_IDLE_LIFETIME / 2) < end {
        at = later(at, SESSION_IDLE_LIFETIME / 2);
        (secret, stored) = rotated(&stored, &secret, at, &uses.to_string());
        assert_eq!(stored.expires_at, later(at, SESSION_IDLE_LIFETIME).min(end));
        uses += 1;
    }
    assert_eq!((uses, stored.expires_at), (11, end));
    let last = end.checked_sub(Duration::from_millis(1)).unwrap();
    let (_, next) = rotated(&stored, &secret, last, "last");
    assert_eq!(next.expires_at, end, "a use in the last millisecond adds no time");
    assert_eq!(stored.refresh_decision(&secret, end, salt("late")), RefreshDecision::Refuse);
    // A stored expiry may be later: before this limit, sessions were extended without end.
    let older = TokenFamily { expires_at: later(end, SESSION_IDLE_LIFETIME), ..stored };
    assert_eq!((older.is_alive(last), older.is_alive(end)), (true, false));
}

#[test]
fn only_the_last_two_secrets_prove_a_session() {
    let (second, next) = rotated(&TokenFamily::begin(&first(), now()), &first(), now(), "one");
    assert!(next.is_proven_by(&first()) && next.is_proven_by(&second));
    let (third, next) = rotated(&next, &second, now(), "two");
    assert!(next.is_proven_by(&second) && next.is_proven_by(&third));
    assert!(!next.is_proven_by(&first()), "it is older");
    assert!(!next.is_proven_by(&RefreshSecret::new([9; 32])), "it is a stranger's");
}

#[test]
fn no_token_can_be_made_from_the_stored_state() {
    let (second, next) = rotated(&TokenFamily::begin(&first(), now()), &first(), now(), "x");
    for token in [first(), second] {
        let text = URL_SAFE_NO_PAD.encode(token.bytes());
        assert!(!format!("{next:?}").contains(&text), "a secret is stored");
        assert_eq!(format!("{token:?}"), "Secret", "a secret is printed");
    }
    let from_hash = RefreshSecret::new(URL_SAFE_NO_PAD.decode(&next.current_hash).unwrap().try_into().unwrap());
    assert_eq!(
        next.refresh_decision(&from_hash, now(), salt("x")),
        RefreshDecision::EndSession,
        "a hash must not be accepted as its secret"
    );
}

#[test]
fn salts_and_secrets_come_from_the_source() {
    let ids = Ids::new(Fixed(7));
    assert_eq!(RefreshSecret::fresh(&ids).bytes(), [7; 32]);
    assert_eq!(fresh_salt(&ids), "BwcHBwcHBwcHBwcHBwcHBw");
}

/// One step of a client.
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
    /// In every history: a session has at most one current token, a repetition within the grace time
    /// yields it, and a token that is used too late ends the session for good.
    #[test]
    fn a_session_has_at_most_one_current_token(steps in steps()) {
        let mut at = now();
        let mut stored = TokenFamily::begin(&first(), at);
        // Every secret that was current, in order. The client has one of the last two.
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
            match stored.refresh_decision(&issued[presented], at, number.to_string()) {
                RefreshDecision::Rotate { successor, next } => {
                    prop_assert_eq!(presented, newest, "only the newest token rotates");
                    prop_assert!(!issued.contains(&successor), "no token is issued twice");
                    issued.push(successor);
                    stored = next;
                }
                RefreshDecision::Repeat { successor } => {
                    prop_assert!(presented + 1 == newest && in_grace, "only the previous token is repeated, within the grace time");
                    prop_assert_eq!(&successor, &issued[newest]);
                }
                RefreshDecision::EndSession => {
                    prop_assert!(presented < newest, "the newest token is never reused");
                    prop_assert!(presented + 1 < newest || !in_grace, "a repetition in time is no reuse");
                    stored.ended_at = Some(at);
                }
                RefreshDecision::Refuse => prop_assert!(stored.ended_at.is_some() || at >= stored.expires_at),
            }
            if matches!(step, Step::Refresh { answer_arrives: true }) {
                held = issued.len() - 1;
            }
        }
    }
}
