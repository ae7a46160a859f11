//! How long each kind of data is kept, and why. Tests compare the numbers with the limits of the code and with the
//! template.

/// One kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Its key, which sentences of documents refer to.
    pub key: &'static str,
    /// The data.
    pub what: &'static str,
    /// How long it is kept: `90 days`. The newest policy says it in the same words.
    pub how_long: &'static str,
    /// The event from which the time counts.
    pub since: &'static str,
    /// Why it is kept for this time.
    pub why: &'static str,
    /// The constant of the limits, or the number in the template, that enforces it.
    pub enforced_by: Enforced,
}

/// The number that enforces a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforced {
    /// A constant of the module `kernel::limits`, by its name, and its seconds.
    Limit(&'static str, u64),
    /// A number in `Metadata.Retention` of the template, by its name, and its days.
    Metadata(&'static str, u64),
    /// The default of a parameter of the template, by its name, and its days.
    Parameter(&'static str, u64),
    /// The erasure of the account.
    Erasure,
}

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// All kinds of data.
pub const RETENTION: &[Retention] = &[
    Retention {
        key: "account",
        what: "Profile, ways to sign in, copy of the picture, preferences and consents",
        how_long: "as long as the account exists",
        since: "",
        why: "They are the account",
        enforced_by: Enforced::Erasure,
    },
    Retention {
        key: "works",
        what: "Prompts, settings, works, thumbnails, titles and favourites",
        how_long: "as long as the account exists",
        since: "",
        why: "The gallery shows them, and the person downloads them. A work that the person deletes goes before",
        enforced_by: Enforced::Erasure,
    },
    Retention {
        key: "credits",
        what: "Credits, statement and payments without card details",
        how_long: "as long as the account exists",
        since: "",
        why: "The person sees what was bought and spent",
        enforced_by: Enforced::Erasure,
    },
    Retention {
        key: "uploads",
        what: "Uploaded pictures",
        how_long: "1 day",
        since: "the upload",
        why: "A generation uses them, and then they are of no use",
        enforced_by: Enforced::Limit("UPLOAD_LIFETIME", DAY),
    },
    Retention {
        key: "sign_ins",
        what: "Time, IP address, device and partner of each sign-in",
        how_long: "90 days",
        since: "the sign-in",
        why: "Security and fraud prevention, Art. 6(1)(f) GDPR",
        enforced_by: Enforced::Limit("SIGN_IN_LOG_LIFETIME", 90 * DAY),
    },
    Retention {
        key: "sessions",
        what: "Sessions of browsers",
        how_long: "180 days",
        since: "the sign-in, or 30 days without use",
        why: "They keep the person signed in",
        enforced_by: Enforced::Limit("SESSION_LIFETIME", 180 * DAY),
    },
    Retention {
        key: "cases",
        what: "Messages to support, reports and objections",
        how_long: "90 days",
        since: "the end of the case",
        why: "Questions about the answer",
        enforced_by: Enforced::Metadata("ClosedCaseDays", 90),
    },
    Retention {
        key: "logs",
        what: "Technical logs, with a pseudonym of the account that changes each day",
        how_long: "7 days",
        since: "the request",
        why: "Faults and attacks are found in them",
        enforced_by: Enforced::Parameter("LogDays", 7),
    },
    Retention {
        key: "backups",
        what: "Backups of the tables",
        how_long: "7 days",
        since: "each change",
        why: "Data can be restored after a fault",
        enforced_by: Enforced::Parameter("PitrDays", 7),
    },
    Retention {
        key: "grace",
        what: "An account whose deletion was requested",
        how_long: "7 days",
        since: "the request",
        why: "The person can take the deletion back",
        enforced_by: Enforced::Metadata("GraceDays", 7),
    },
    Retention {
        key: "deletion",
        what: "All data of an account whose deletion was requested, with the backups",
        how_long: "30 days",
        since: "the request",
        why: "The promise of this policy",
        enforced_by: Enforced::Metadata("PromisedDays", 30),
    },
    Retention {
        key: "welcome",
        what: "A keyed hash of the way to sign in of a deleted account",
        how_long: "90 days",
        since: "the erasure",
        why: "Welcome credits are given once",
        enforced_by: Enforced::Limit("WELCOME_MARKER_LIFETIME", 90 * DAY),
    },
];

/// The kind of data of this key.
#[must_use]
pub fn retention(key: &str) -> Option<&'static Retention> {
    RETENTION.iter().find(|retention| retention.key == key)
}
