//! The record of processing activities (Art. 30 GDPR), made from the same data as the policy.

/// One activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Its name.
    pub name: &'static str,
    /// Its purpose.
    pub purpose: &'static str,
    /// Its legal basis.
    pub basis: &'static str,
    /// The people whom the data is about.
    pub people: &'static str,
    /// The categories of data.
    pub data: &'static str,
    /// The recipients: keys of [`VENDORS`](crate::vendors::VENDORS).
    pub recipients: &'static [&'static str],
    /// The periods: keys of [`RETENTION`](crate::retention::RETENTION).
    pub retention: &'static [&'static str],
    /// The promises of the policy that it belongs to.
    pub promises: &'static [&'static str],
}

/// The measures of security that hold for all activities (Art. 32 GDPR).
pub const SECURITY: &str = "Encryption in transit and at rest. Each function has a role that reaches only its own \
     data. Sessions can be ended by the person. Logs name nobody. Erasures are verified, and signed receipts prove them.";

/// All activities.
pub const PROCESSING: &[Activity] = &[
    Activity {
        name: "Accounts and sign-in",
        purpose: "Verifies the person and keeps a private workspace",
        basis: "Contract, Art. 6(1)(b) GDPR",
        people: "People with an account",
        data: "Name, mail address, picture, id at the partner, sessions, preferences",
        recipients: &["aws", "google", "apple", "facebook"],
        retention: &["account", "sessions", "grace", "deletion", "backups"],
        promises: &["P01", "P03", "P08", "P13"],
    },
    Activity {
        name: "Making images and videos",
        purpose: "Makes what the person asks for, and keeps it in the gallery",
        basis: "Contract, Art. 6(1)(b) GDPR",
        people: "People with an account, and people in uploaded pictures",
        data: "Prompts, pictures, settings, works",
        recipients: &["aws", "bfl", "fal", "replicate"],
        retention: &["works", "uploads", "deletion", "backups"],
        promises: &["P04", "P05", "P12"],
    },
    Activity {
        name: "Credits and payments",
        purpose: "Sells credits, and counts what is used",
        basis: "Contract, Art. 6(1)(b) GDPR, and legal duties, Art. 6(1)(c) GDPR",
        people: "People with an account",
        data: "Credits, statement, orders, numbers of payments. No card details",
        recipients: &["aws", "stripe"],
        retention: &["credits", "welcome", "deletion", "backups"],
        promises: &["P06", "P14"],
    },
    Activity {
        name: "Security and prevention of fraud",
        purpose: "Finds abuse of accounts and fraudulent payments",
        basis: "Legitimate interest, Art. 6(1)(f) GDPR. The person may object",
        people: "People who sign in or send requests",
        data: "IP address, time, device, partner. Counters hold keyed hashes of networks",
        recipients: &["aws"],
        retention: &["sign_ins", "logs"],
        promises: &["P10", "P16"],
    },
    Activity {
        name: "Support, reports and objections",
        purpose: "Answers messages, and handles reports of illegal content",
        basis: "Contract, Art. 6(1)(b) GDPR, and legal duties, Art. 6(1)(c) GDPR",
        people: "People who write to us",
        data: "Message, address to answer to, account if there is one",
        recipients: &["aws"],
        retention: &["cases", "backups"],
        promises: &["P02", "P11", "P20"],
    },
    Activity {
        name: "Counts about nobody",
        purpose: "Improves the interface and the models",
        basis: "The counts name nobody. Legitimate interest, Art. 6(1)(f) GDPR, for making them",
        people: "Visitors",
        data: "Families of browser, device and system; later, words of a fixed list",
        recipients: &["aws"],
        retention: &["logs"],
        promises: &["P07", "P09"],
    },
    Activity {
        name: "Consent and acceptance",
        purpose: "Proves which documents were shown, and which choice was made",
        basis: "Legal duty, Art. 6(1)(c) with Art. 7(1) GDPR",
        people: "People with an account",
        data: "Version and hash of the document, choice, time, signal of Global Privacy Control",
        recipients: &["aws"],
        retention: &["account", "deletion", "backups"],
        promises: &["P17", "P18", "P19"],
    },
    Activity {
        name: "Deletion of accounts",
        purpose: "Erases everything, and proves it",
        basis: "Legal duty, Art. 6(1)(c) with Art. 17 GDPR",
        people: "People who had an account",
        data: "Receipt without name and address, keyed hash of the way to sign in",
        recipients: &["aws"],
        retention: &["grace", "deletion", "welcome"],
        promises: &["P15"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        promises::PROMISES,
        retention::retention,
        vendors::{VENDORS, vendor},
    };

    #[test]
    fn every_activity_refers_to_the_register() {
        for activity in PROCESSING {
            assert!(activity.recipients.iter().all(|key| vendor(key).is_some()), "{}", activity.name);
            assert!(activity.retention.iter().all(|key| retention(key).is_some()), "{}", activity.name);
        }
    }

    #[test]
    fn every_vendor_and_every_promise_belongs_to_an_activity() {
        let receives = |key| PROCESSING.iter().any(|activity| activity.recipients.contains(&key));
        let idle: Vec<_> = VENDORS.iter().map(|vendor| vendor.key).filter(|key| !receives(key)).collect();
        assert!(idle.is_empty(), "name the activities of {idle:?}, or remove the vendors");
        for promise in PROMISES {
            let covers = PROCESSING.iter().any(|activity| activity.promises.contains(&promise.id));
            assert!(covers, "{} belongs to no activity", promise.id);
        }
    }
}
