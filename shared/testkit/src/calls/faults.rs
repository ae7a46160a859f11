//! Faults of calls outside, and the policy that injects them.

use crate::random::Random;
use std::{fmt, time::Duration};

/// One way in which a call can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is refused. Nothing happened, and the caller knows it.
    Refused,
    /// The other side answers 500 and does nothing.
    ServerError,
    /// The other side answers that it is too busy, and does nothing.
    Throttled,
    /// The request is lost on its way. Nothing happened, but the caller sees the same as
    /// with [`Fault::AnswerLost`].
    RequestLost,
    /// The other side executes the call, and its answer is lost (connection reset or timeout).
    AnswerLost,
    /// The answer begins, and the connection breaks in the middle of its body. For calls
    /// over `net` and for `s3.GetObject`.
    BodyCut,
    /// Another transaction works on one of the items, so nothing is written. For
    /// transactions and for single writes.
    TransactionConflict,
    /// A transaction with the same token is still under way. For
    /// `dynamodb.TransactWriteItems`.
    TransactionInProgress,
    /// The read misses the last one to three writes. For reads that are not strongly
    /// consistent.
    StaleRead,
    /// Only a part is done, and the answer names the rest: unprocessed keys or items of a
    /// batch, failed entries of `sqs.SendMessageBatch`. For batches of at least two.
    Partial,
    /// The message arrives twice. For `sqs.SendMessage` and `sqs.SendMessageBatch`.
    Duplicate,
    /// The call takes this long and then works. Both Tokio's time and the world's clock
    /// advance. For a caller that gives up before, the request is lost.
    Delay(Duration),
    /// The process dies before the call reaches the other side.
    DieBefore,
    /// The other side executes the call, and the process dies before it sees the answer.
    DieAfter,
}

/// A call that is about to be made.
#[derive(Debug, Clone)]
pub struct OutsideCall {
    /// The number of the call since the faults were set, from 1.
    pub number: u64,
    /// The name of the call, such as `dynamodb.PutItem` or `http.POST api.replicate.test/v1/predictions`.
    pub name: String,
    /// The faults that this call allows beside the general ones.
    pub(crate) special: Vec<Fault>,
}

impl OutsideCall {
    /// Whether `fault` can happen to this call.
    #[must_use]
    pub fn allows(&self, fault: Fault) -> bool {
        match fault {
            Fault::Refused
            | Fault::ServerError
            | Fault::Throttled
            | Fault::RequestLost
            | Fault::AnswerLost
            | Fault::Delay(_)
            | Fault::DieBefore
            | Fault::DieAfter => true,
            Fault::BodyCut
            | Fault::TransactionConflict
            | Fault::TransactionInProgress
            | Fault::StaleRead
            | Fault::Partial
            | Fault::Duplicate => self.special.contains(&fault),
        }
    }
}

type Policy = Box<dyn FnMut(&OutsideCall, &mut Random) -> Option<Fault> + Send>;

/// A policy that chooses the fault of each call, in the order of the calls.
pub struct Faults(Policy);

impl Faults {
    /// No call goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::with(|_, _| None)
    }

    /// The closure decides. A fault that the call does not allow fails the test.
    #[must_use]
    pub fn with(policy: impl FnMut(&OutsideCall, &mut Random) -> Option<Fault> + Send + 'static) -> Self {
        Self(Box::new(policy))
    }

    /// Call number `number` (from 1, since the faults were set) goes wrong.
    #[must_use]
    pub fn at(number: u64, fault: Fault) -> Self {
        Self::with(move |call, _| (call.number == number).then_some(fault))
    }

    /// The `nth` call (from 1) whose name starts with `name` goes wrong.
    #[must_use]
    pub fn nth(name: &str, nth: u64, fault: Fault) -> Self {
        let name = name.to_owned();
        let mut seen = 0;
        Self::with(move |call, _| {
            seen += u64::from(call.name.starts_with(&name));
            (call.name.starts_with(&name) && seen == nth).then_some(fault)
        })
    }

    /// Every call whose name starts with `name` goes wrong.
    #[must_use]
    pub fn every(name: &str, fault: Fault) -> Self {
        let name = name.to_owned();
        Self::with(move |call, _| call.name.starts_with(&name).then_some(fault))
    }

    /// Each call whose name starts with `name` and that allows `fault` goes wrong with
    /// `probability` (0.0 to 1.0), by the world's seed. An empty name is every call.
    #[must_use]
    pub fn sometimes(name: &str, probability: f64, fault: Fault) -> Self {
        let name = name.to_owned();
        Self::with(move |call, random| {
            let concerned = call.name.starts_with(&name) && call.allows(fault);
            (concerned && random.chance(probability)).then_some(fault)
        })
    }

    /// This policy, and `other` for calls to which this one gives no fault.
    #[must_use]
    pub fn or(mut self, mut other: Self) -> Self {
        // Both see every call, so that each counts all of them.
        Self::with(move |call, random| {
            let (first, second) = (self.decide(call, random), other.decide(call, random));
            first.or(second)
        })
    }

    /// Several policies; the first that gives a fault decides.
    #[must_use]
    pub fn all(policies: impl IntoIterator<Item = Self>) -> Self {
        policies.into_iter().fold(Self::none(), Self::or)
    }

    pub(crate) fn decide(&mut self, call: &OutsideCall, random: &mut Random) -> Option<Fault> {
        (self.0)(call, random)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u64, name: &str) -> OutsideCall {
        OutsideCall { number, name: name.to_owned(), special: Vec::new() }
    }

    #[test]
    fn a_script_hits_the_calls_that_it_names() {
        let mut random = Random::new(1);
        let mut faults = Faults::at(1, Fault::Refused).or(Faults::nth("dynamodb.", 2, Fault::AnswerLost));
        let names = ["s3.PutObject", "dynamodb.GetItem", "sqs.SendMessage", "dynamodb.PutItem", "dynamodb.PutItem"];
        let decided: Vec<_> =
            (1..).zip(names).map(|(number, name)| faults.decide(&call(number, name), &mut random)).collect();
        assert_eq!(decided, [Some(Fault::Refused), None, None, Some(Fault::AnswerLost), None]);
    }

    #[test]
    fn chance_never_picks_a_fault_that_the_call_does_not_allow() {
        let mut random = Random::new(1);
        let mut faults = Faults::sometimes("", 1.0, Fault::StaleRead);
        assert_eq!(faults.decide(&call(1, "dynamodb.PutItem"), &mut random), None);
        let read = OutsideCall { special: vec![Fault::StaleRead], ..call(2, "dynamodb.GetItem") };
        assert_eq!(faults.decide(&read, &mut random), Some(Fault::StaleRead));
    }
}
