//! Credits: a double-entry book for each account.
//!
//! - A [`Lot`] is an amount of credits of one origin, with a priority and an expiry. Stripe calls it
//!   a credit grant.
//! - A [`Hold`] reserves credits for one generation. It ends exactly once: it is settled at a cost
//!   of at most its amount, or released. TigerBeetle calls this a two-phase transfer.
//! - An [`Entry`] is one immutable line of the statement. It lists [`Move`]s, each an amount of one
//!   lot that goes from one [`Place`] to another.
//! - A [`Balance`] is the sum of all entries ([`Balance::fold`]). Its rules decide entries, and only
//!   an entry changes it.
//!
//! ```text
//! granted ──► free ──► held ──► spent
//!    │        │  ▲      │ │
//!    ▼        │  └──────┘ └──► due ──► spent, and as much debt; or taken back
//!   debt      └──► expired, taken back
//! ```
//!
//! The credits of a frozen lot are at `frozen` instead of `free`. From there they can expire, be
//! taken back, or be free again, and no hold can take them.
//!
//! The rules are pure. [`CreditStore`] turns their entries into changes for a transaction of the
//! caller.
//!
//! ```
//! use credits::{Balance, Lot};
//! use kernel::{Credits, GenerationId, MicroDollars, Timestamp, later};
//! use std::time::Duration;
//!
//! let now = Timestamp::UNIX_EPOCH;
//! let generation: GenerationId = "01929e6b-6c00-7000-8000-0123456789ab".parse()?;
//! let (mut balance, opened) = Balance::opened_with(Lot::welcome(now), now)?;
//!
//! let held = balance.hold(generation, Credits(20), MicroDollars(3_000), later(now, Duration::from_secs(600)), now)?;
//! assert_eq!((balance.available(now), balance.held()), (Credits(30), Credits(20)));
//!
//! let settled = balance.settle(generation, "flux", Credits(15), now)?.expect("the generation has a hold");
//! assert_eq!((balance.available(now), balance.held()), (Credits(35), Credits(0)));
//!
//! let entries = [vec![opened], held, settled].concat();
//! assert_eq!(balance.prove(&entries), Ok(()));
//! # Ok::<(), kernel::Error>(())
//! ```

mod balance;
mod entry;
pub mod keys;
mod ledger;
mod lot;
mod money;
mod operator;
mod personal;
mod store;
mod terms;
mod unpaid;
mod usage;

pub use balance::adjustment::Adjustment;
pub use balance::fold::FoldError;
pub use balance::rules::LotClawback;
pub use balance::{Balance, ExpiredLot, Hold, NewHold};
pub use entry::{ClawbackCause, Entry, EntryKind, Move, Place};
pub use ledger::{Discrepancy, ProofError};
pub use lot::{Lot, LotFreeze, Source, WAITING_WELCOME_REASON};
pub use money::{Currency, Money};
pub use operator::day::{DayHold, HoldEnd};
pub use operator::lot::LotSwitch;
pub use operator::sessions::EndOfSessions;
pub use operator::{AccountSwitch, Gift, GiftKey, GiftKind, OperatorOutcome};
pub use store::CreditStore;
pub use terms::{AccountTerms, BalanceStatus};
pub use unpaid::{UnpaidEnd, UnpaidJobs};
pub use usage::{Usage, UsageTotal};
