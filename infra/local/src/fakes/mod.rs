//! Working stand-ins for outside partners.
//!
//! A fake speaks its partner's wire protocol strictly and refuses what the partner
//! refuses. Each is a state machine without I/O, so that the same code serves a socket
//! for `cargo dev` and answers in process for the tests; each is itself tested with the
//! partner's own official client.

mod clock;
pub mod replicate;
pub mod stripe;

pub use clock::Clock;
pub use replicate::{Replicate, ReplicateSettings};
pub use stripe::{Stripe, StripeSettings};
