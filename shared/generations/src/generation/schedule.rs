//! The leases, pauses and time limits of a generation.

use jiff::SignedDuration;
use std::time::Duration;

/// The time after which a queue message counts as lost. Delivery takes milliseconds. A shorter
/// time would send messages twice under load; a longer one would make people wait.
pub const REQUEUE_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The lease of a submission. `run-generation` ends after 60 s, so no submission is running
/// any more when the lease has expired.
pub const SUBMIT_LEASE: SignedDuration = SignedDuration::from_secs(90);

/// The interval at which the provider is asked when no webhook arrives. Images take seconds.
pub const ASK_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The lease of a collection. `collect-media` ends after 300 s, so no copy is running any more
/// when the lease has expired. A shorter lease would let two runs copy at once.
pub const COLLECT_LEASE: SignedDuration = SignedDuration::from_secs(330);

/// The time that `collect-media` reserves at its end to record its result.
pub const COLLECT_RESERVE: SignedDuration = SignedDuration::from_secs(20);

/// The time after the deadline in which a collection is retried: three full runs. Providers
/// keep outputs for ten minutes to an hour.
pub const COLLECT_MARGIN: SignedDuration = SignedDuration::from_mins(15);

/// The lease of a deletion. `delete-generation` ends after 29 s, so it is not running any more
/// when the lease has expired.
pub const DELETE_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The pause before an unreachable provider is asked again. Its outputs may expire after ten
/// minutes.
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// The limit for a provider's answer where a person waits, or where the sweep asks again
/// anyway.
pub const PROVIDER_TIMEOUT: Duration = Duration::from_secs(5);

/// The first pause before thumbnails are tried again. Each further pause is as long as the time
/// since the delivery, so there are about eleven tries in a day.
pub const THUMBNAILS_AGAIN_AFTER: SignedDuration = REQUEUE_AFTER;

/// The time that a provider needs at least. With less time left a job is not submitted.
pub const SUBMIT_MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// The time after the deadline at which the provider stops a job by itself. The sweep runs
/// every minute, so it ends the generation before that and records the timeout.
pub const PROVIDER_MARGIN: SignedDuration = SignedDuration::from_secs(120);
