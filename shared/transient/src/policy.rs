//! The policies: how many requests may come in which time.

use kernel::{
    RatePolicy,
    limits::{
        CHECKOUTS_IN_TEN_MINUTES, CONSENTS_DAILY, CONTACTS_HOURLY, REFRESHES_A_MINUTE, REPORTS_HOURLY,
        SIGN_INS_A_MINUTE, SIGN_INS_HOURLY,
    },
};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The beginnings of sign-ins from one network.
pub const SIGN_INS: RatePolicy = RatePolicy { name: "sign-ins", limit: SIGN_INS_A_MINUTE, window: MINUTE };

/// The ends of sign-ins from one network. Each asks the partner.
pub const SIGN_IN_ENDS: RatePolicy = RatePolicy { name: "sign-in-ends", limit: SIGN_INS_A_MINUTE, window: MINUTE };

/// The sign-ins of one account.
pub const ACCOUNT_SIGN_INS: RatePolicy = RatePolicy { name: "account-sign-ins", limit: SIGN_INS_HOURLY, window: HOUR };

/// The refreshes of the sessions of one account, once a token has proven the session.
pub const REFRESHES: RatePolicy = RatePolicy { name: "refreshes", limit: REFRESHES_A_MINUTE, window: MINUTE };

/// The pages for a payment that one account opens. Each asks the vendor.
pub const CHECKOUTS: RatePolicy =
    RatePolicy { name: "checkouts", limit: CHECKOUTS_IN_TEN_MINUTES, window: Duration::from_secs(10 * 60) };

/// The choices about consent and the notices that one account records. Each is kept as long as the account.
pub const CONSENTS: RatePolicy = RatePolicy { name: "consents", limit: CONSENTS_DAILY, window: DAY };

/// The messages to support from one account, or from one network of people who are not signed in.
pub const CONTACTS: RatePolicy = RatePolicy { name: "contacts", limit: CONTACTS_HOURLY, window: HOUR };

/// The reports from one account, or from one network of people who are not signed in.
pub const REPORTS: RatePolicy = RatePolicy { name: "reports", limit: REPORTS_HOURLY, window: HOUR };

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;

    #[test]
    fn windows_follow_each_other_and_none_spans_midnight() {
        let policies = [SIGN_INS, SIGN_IN_ENDS, ACCOUNT_SIGN_INS, REFRESHES, CHECKOUTS, CONSENTS, CONTACTS, REPORTS];
        let midnight: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        for policy in policies {
            let (begins, ends) = policy.window_of(midnight - Duration::from_millis(1));
            assert_eq!(
                (ends, ends.duration_since(begins).unsigned_abs()),
                (midnight, policy.window),
                "{}",
                policy.name
            );
            assert_eq!(policy.window_of(midnight).0, midnight, "{}", policy.name);
            assert!(policy.window <= DAY && policy.limit > 0, "{}", policy.name);
        }
        let mut names = policies.map(|policy| policy.name);
        names.sort_unstable();
        assert!(names.is_sorted_by(|one, next| one < next), "two policies may not share counters: {names:?}");
    }
}
