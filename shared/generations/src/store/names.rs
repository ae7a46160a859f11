//! The names of stored attributes and the forms of keys, for expressions.
//!
//! They are stored, so they stay as they are when a field of a type gets another name.

use jiff::{civil::Date, tz::TimeZone};
use kernel::Timestamp;
use providers::ProviderName;

pub(super) const CANCEL_REQUESTED: &str = "cancel_requested";
pub(super) const CLAIM: &str = "claim";
pub(super) const COST: &str = "cost";
/// The decisions of the past about a work, and how often it was disabled or enabled.
pub(super) const DECISIONS: &str = "decisions";
pub(super) const DECISION_COUNT: &str = "decision_count";
pub(super) const DELETED_AT: &str = "deleted_at";
/// The statement of reasons of a disabled work.
pub(super) const DISABLED: &str = "disabled";
/// The last time that a work was enabled again.
pub(super) const ENABLED: &str = "enabled";
pub(super) const FAILURE: &str = "failure";
pub(super) const FAVOURITE: &str = "favourite";
pub(super) const FINISHED_AT: &str = "finished_at";
/// The lease of a collection, in milliseconds since 1970.
pub(super) const LEASE_UNTIL: &str = "lease_until";
/// The id of the first run that learned of a success after the end.
pub(super) const MADE_TOO_LATE: &str = "made_too_late";
pub(super) const NEXT_CHECK: &str = "next_check";
/// The index of the generations that the sweep has to check, and its partition key.
pub(super) const OPEN: &str = "open";
/// The field `orphan_risk`.
pub(super) const ORPHAN_RISK: &str = "loose_rounds";
pub(super) const OUTPUTS: &str = "outputs";
pub(super) const OWES_THUMBNAILS: &str = "owes_thumbnails";
pub(super) const PROGRESS: &str = "progress";
pub(super) const PROVIDER_JOB: &str = "provider_job";
pub(super) const QUEUE_POSITION: &str = "queue_position";
pub(super) const STATUS: &str = "status";
/// The field `thumbnail_claim`.
#[cfg(feature = "thumbnails")]
pub(super) const THUMBNAIL_CLAIM: &str = "drawing";
pub(super) const TITLE: &str = "title";
/// The time until which a deletion can be undone.
pub(super) const UNDO_UNTIL: &str = "undo_until";

/// The expiry of an idempotency row, in seconds since 1970.
pub(super) const EXPIRES_AT: &str = "expires_at";

/// The upload in a slot.
pub(super) const UPLOAD: &str = "upload";
/// The version of a slot.
pub(super) const VERSION: &str = "version";

/// The sort key of a row with the spend of a day.
pub(super) const SPEND: &str = "spend";

/// The sort key of a row with the health of a model.
pub(super) const HEALTH: &str = "health";

/// The partition key of the row with the health of a model.
pub(super) fn health_key(model: &str) -> String {
    format!("health#{model}")
}

/// The sort key of the idempotency row for this hash of an Idempotency-Key.
pub(super) fn request_key(hash: &str) -> String {
    format!("request#{hash}")
}

/// The sort key of the upload slot with this number.
pub(super) fn slot_key(n: usize) -> String {
    format!("upload#{n}")
}

/// The partition key of the row with a provider's spend on the day (UTC) of `now`.
pub(super) fn spend_key(provider: ProviderName, now: Timestamp) -> String {
    spend_key_of(provider, TimeZone::UTC.to_datetime(now).date())
}

/// The partition key of the row with a provider's spend on a day.
pub(super) fn spend_key_of(provider: ProviderName, day: Date) -> String {
    format!("spend#{provider}#{day}")
}

/// The first and the last text that the id of a generation of these days (UTC) can have, both included. An id is a
/// UUIDv7 (RFC 9562 §5.7): it begins with its time, in milliseconds.
pub(super) fn ids_of_days(first: Date, last: Date) -> Option<(String, String)> {
    let begin = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let text = |time: Timestamp, rest: &str| {
        let hex = format!("{:012x}", time.as_millisecond());
        Some(format!("{}-{}-{rest}", hex.get(..8)?, hex.get(8..)?))
    };
    let last = begin(last.tomorrow().ok()?)?.as_millisecond() - 1;
    let last = Timestamp::from_millisecond(last).ok()?;
    Some((text(begin(first)?, "0000-0000-000000000000")?, text(last, "ffff-ffff-ffffffffffff")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Fixed, Ids};

    #[test]
    fn a_day_has_the_ids_that_were_made_on_it() {
        let day = "2026-11-30".parse().unwrap();
        let (first, last) = ids_of_days(day, day).unwrap();
        assert_eq!(ids_of_days("2026-11-28".parse().unwrap(), day).unwrap().1, last, "several days end with the last");
        for (made, inside) in [
            ("2026-11-29T23:59:59.999Z", false),
            ("2026-11-30T00:00:00Z", true),
            ("2026-11-30T23:59:59.999Z", true),
            ("2026-12-01T00:00:00Z", false),
        ] {
            for byte in [0, 255] {
                let id = Ids::new(Fixed(byte)).uuid_v7(made.parse().unwrap()).to_string();
                assert_eq!((&first..=&last).contains(&&id), inside, "{made} {id}");
            }
        }
    }

    #[test]
    fn the_day_of_a_spend_is_in_utc() {
        let key = |text: &str| spend_key(ProviderName::Replicate, text.parse().unwrap());
        assert_eq!(key("2026-12-31T23:59:59.999Z"), "spend#replicate#2026-12-31");
        assert_eq!(key("2027-01-01T00:00:00Z"), "spend#replicate#2027-01-01");
    }
}
