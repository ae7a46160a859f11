//! The rules of sending, on examples and on random histories.

use crate::row::{
    facts::Mail,
    kind::Stream,
    mail_row::{DropReason, MailRow, MailState, NewMail},
    sending::{Answer, Due, EVENT_WAIT, GIVE_UP_AFTER, REPEATS_MAX, SentStep, WAKE_LOST_AFTER},
};
use jiff::SignedDuration;
use kernel::{Fixed, Ids, MailId, Timestamp, later, limits::MAIL_ROW_LIFETIME};
use proptest::prelude::*;

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn row_of(mail: Mail) -> MailRow {
    let id = MailId::new(Ids::new(Fixed(1)).uuid_v7(start()));
    let new = NewMail { partition: "p".into(), id, mail, address: Some("ada@example.com".into()) };
    MailRow::new(&new, 3, start())
}

fn transactional() -> MailRow {
    row_of(Mail::Welcome { credits: 50 })
}

fn product() -> MailRow {
    row_of(Mail::CreditsLow { available: 2 })
}

fn claim(row: &MailRow, run: &str, now: Timestamp) -> MailRow {
    match row.due(run, now) {
        Due::Send(next) => *next,
        other => panic!("the row must be claimed, not {other:?}"),
    }
}

fn took(id: &str) -> Answer {
    Answer::Accepted { message_id: id.to_owned() }
}

fn sent(row: &MailRow, id: &str, now: Timestamp) -> MailRow {
    match row.sent(id, now) {
        SentStep::Next(next) => *next,
        other => panic!("the row must become sent, not {other:?}"),
    }
}

#[test]
fn a_new_mail_is_sent_at_once_and_by_the_sweep_if_its_message_is_lost() {
    let row = transactional();
    assert_eq!((row.state, row.outbox.as_deref()), (MailState::Waiting, Some("3")));
    assert_eq!(row.next_check, Some(later(start(), WAKE_LOST_AFTER)));
    let claimed = claim(&row, "one", start());
    assert_eq!((claimed.state, claimed.attempt, claimed.version), (MailState::Sending, 1, 2));
    assert_eq!(claimed.next_check, Some(later(start(), EVENT_WAIT)));
    assert_eq!(claimed.due("two", later(start(), SignedDuration::from_mins(14))), Due::NotYet);
}

#[test]
fn a_sent_mail_leaves_the_index_and_keeps_neither_facts_nor_address() {
    let done = claim(&transactional(), "one", start()).answered("one", &took("m1"), start()).unwrap();
    assert_eq!((done.state, done.message_id.as_deref()), (MailState::Sent, Some("m1")));
    assert_eq!((&done.facts, &done.address, &done.outbox, done.next_check), (&None, &None, &None, None));
    assert_eq!(done.expires_at, Some(later(start(), MAIL_ROW_LIFETIME)));
    assert_eq!(done.due("two", later(start(), GIVE_UP_AFTER)), Due::Over);
    assert!(!done.has_expired(start()) && done.has_expired(later(start(), MAIL_ROW_LIFETIME)));
}

#[test]
fn a_busy_ses_is_asked_again_after_doubling_pauses_and_given_up_within_a_day() {
    let (mut row, mut now, mut pauses) = (transactional(), start(), Vec::new());
    loop {
        let claimed = claim(&row, "run", now);
        row = claimed.answered("run", &Answer::Busy, now).unwrap();
        let Some(next_check) = row.next_check else { break };
        assert_eq!(row.due("early", next_check - SignedDuration::from_millis(1)), Due::NotYet);
        pauses.push(next_check.duration_since(now).as_secs());
        now = next_check;
    }
    assert_eq!(pauses[..8], [30, 60, 120, 240, 480, 960, 1_920, 3_600]);
    assert_eq!((row.state, row.reason), (MailState::Dropped, Some(DropReason::TooLate)));
    assert!(now <= later(start(), GIVE_UP_AFTER) && now > later(start(), SignedDuration::from_hours(22)));
}

#[test]
fn an_unknown_answer_waits_for_the_event_and_then_transactional_mail_is_sent_again() {
    let mut row = transactional();
    let mut now = start();
    for repeats in 0..=REPEATS_MAX {
        row = claim(&row, "run", now);
        assert_eq!(row.repeats, repeats);
        assert_eq!(row.answered("run", &Answer::Unknown, now), None);
        now = later(now, EVENT_WAIT);
    }
    match row.due("run", now) {
        Due::Drop(last) => assert_eq!(last.reason, Some(DropReason::Unknown)),
        other => panic!("the doubles of one mail are bounded, not {other:?}"),
    }
}

#[test]
fn product_mail_is_dropped_after_an_unknown_answer_and_a_late_event_makes_it_sent() {
    let row = claim(&product(), "run", start());
    let now = later(start(), EVENT_WAIT);
    let Due::Drop(dropped) = row.due("sweep", now) else { panic!("product mail is not sent twice") };
    assert_eq!((dropped.state, dropped.reason), (MailState::Dropped, Some(DropReason::Unknown)));
    let late = sent(&dropped, "m1", now);
    assert_eq!((late.state, late.reason, late.message_id.as_deref()), (MailState::Sent, None, Some("m1")));
}

#[test]
fn an_event_before_the_answer_makes_the_answer_known_and_another_id_a_double() {
    let claimed = claim(&transactional(), "one", start());
    let by_event = sent(&claimed, "m1", start());
    assert_eq!(by_event.answered("one", &took("m1"), start()), None);
    assert_eq!(by_event.sent("m1", start()), SentStep::Known);
    assert_eq!(by_event.sent("m2", start()), SentStep::Double);
    for answer in [Answer::Busy, Answer::Refused, Answer::Unknown] {
        assert_eq!(by_event.answered("one", &answer, start()), None, "{answer:?} after the event");
    }
}

#[test]
fn a_late_answer_of_an_earlier_run_takes_nothing_from_the_later_one() {
    let first = claim(&transactional(), "one", start());
    let second = claim(&first, "two", later(start(), EVENT_WAIT));
    for answer in [Answer::Busy, Answer::Refused] {
        assert_eq!(second.answered("one", &answer, start()), None);
    }
    let late = second.answered("one", &took("m1"), start()).unwrap();
    assert_eq!(late.sent("m2", start()), SentStep::Double, "the second answer shows the double");
}

/// A thing that may happen to a mail.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// A run, or the sweep, looks at it.
    Look,
    /// SES answers the run.
    Answered(u8),
    /// SES's Send event arrives for one of the mails that it took.
    SendEvent(prop::sample::Index),
    /// Time passes: seconds.
    Wait(u32),
}

fn events() -> impl Strategy<Value = Vec<Happening>> {
    let event = prop_oneof![
        4 => Just(Happening::Look),
        4 => (0_u8..5).prop_map(Happening::Answered),
        1 => any::<prop::sample::Index>().prop_map(Happening::SendEvent),
        3 => prop_oneof![0_u32..90, 600_u32..1_200, 3_000_u32..8_000].prop_map(Happening::Wait),
    ];
    prop::collection::vec(event, 1..80)
}

/// A row in a history, with what the world knows and the row does not.
struct History {
    row: MailRow,
    now: Timestamp,
    /// The run that is sending.
    run: Option<String>,
    /// The ids of the mails that SES took.
    taken: Vec<String>,
    claims: u32,
}

impl History {
    fn store(&mut self, next: MailRow) {
        let was = self.row.state;
        assert_eq!(next.version, self.row.version + 1, "each step is one version");
        assert_ne!(was, MailState::Sent, "a sent mail never changes");
        assert!(was != MailState::Dropped || next.state == MailState::Sent, "a dropped mail can only turn out as sent");
        let is_over = matches!(next.state, MailState::Sent | MailState::Dropped);
        assert_eq!(is_over, next.outbox.is_none(), "a mail is in the index until it is over");
        assert_eq!(is_over, next.next_check.is_none());
        assert_eq!(is_over, next.facts.is_none() && next.address.is_none());
        assert_eq!(is_over, next.expires_at.is_some());
        assert_eq!(next.state == MailState::Sent, next.message_id.is_some());
        assert_eq!(next.state == MailState::Dropped, next.reason.is_some());
        assert_eq!(next.state == MailState::Sending, next.claim.is_some());
        self.row = next;
    }

    fn look(&mut self) {
        let run = format!("run-{}", self.claims);
        match self.row.due(&run, self.now) {
            Due::Over => assert!(self.row.outbox.is_none()),
            Due::NotYet => assert!(self.row.next_check.unwrap() > self.now),
            Due::Drop(next) => self.store(*next),
            Due::Send(next) => {
                self.claims += 1;
                self.store(*next);
                self.run = Some(run);
            }
        }
    }

    fn answer(&mut self, which: u8) {
        let Some(run) = self.run.take() else { return };
        let id = format!("m{}", self.taken.len());
        // The fourth and the fifth are unknown: before the effect, and after it.
        let answer = match which {
            0 => took(&id),
            1 => Answer::Busy,
            2 => Answer::Refused,
            _ => Answer::Unknown,
        };
        if which == 0 || which == 4 {
            self.taken.push(id);
        }
        if let Some(next) = self.row.answered(&run, &answer, self.now) {
            self.store(next);
        }
    }

    fn event(&mut self, which: prop::sample::Index) {
        if self.taken.is_empty() {
            return;
        }
        let id = self.taken[which.index(self.taken.len())].clone();
        if let SentStep::Next(next) = self.row.sent(&id, self.now) {
            self.store(*next);
        }
    }
}

proptest! {
    #[test]
    fn a_mail_ends_and_is_doubled_only_where_its_stream_allows_it(events in events(), is_product: bool) {
        let row = if is_product { product() } else { transactional() };
        let mut it = History { row, now: start(), run: None, taken: Vec::new(), claims: 0 };
        for event in events {
            match event {
                Happening::Look => it.look(),
                Happening::Answered(which) => it.answer(which),
                Happening::SendEvent(which) => it.event(which),
                Happening::Wait(seconds) => it.now = later(it.now, SignedDuration::from_secs(i64::from(seconds))),
            }
        }
        prop_assert_eq!(it.claims, it.row.attempt, "each claim is an attempt");
        prop_assert!(it.row.repeats <= REPEATS_MAX);
        prop_assert!(it.taken.len() <= 1 + it.row.repeats as usize, "a double needs a repeat, and each is counted");
        if it.row.kind.stream() == Stream::Product {
            prop_assert!(it.taken.len() <= 1, "product mail is never doubled");
        }
        if it.row.state == MailState::Sent {
            prop_assert!(it.taken.contains(it.row.message_id.as_ref().unwrap()), "a sent mail was taken");
        }
        // From here on SES takes nothing, and the sweep comes every minute: the mail ends.
        for _ in 0..3_000 {
            it.look();
            it.answer(1);
            it.now = later(it.now, SignedDuration::from_mins(1));
        }
        prop_assert!(it.row.outbox.is_none(), "every mail ends: {:?}", it.row);
    }
}
