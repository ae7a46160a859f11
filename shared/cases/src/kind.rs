//! The kinds and the states of cases.

use jiff::{ToSpan, tz::TimeZone};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Help.
    Support,
    /// Another look at a decision, such as a freeze or a disabled work.
    Appeal,
    /// An objection to processing (Art. 21 GDPR). If it is granted, the sign-in log keeps no
    /// addresses of the account.
    Objection,
    /// A complaint.
    Complaint,
    /// A report of unlawful content, or of a picture of a real person (Art. 16 DSA).
    Report,
}

impl CaseKind {
    /// The word of the stored form and of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Appeal => "appeal",
            Self::Objection => "objection",
            Self::Complaint => "complaint",
            Self::Report => "report",
        }
    }

    /// When an answer is due. A report is due at once, so it is first on the list. Everything else is
    /// due within a month (Art. 12(3) GDPR).
    pub(crate) fn due(self, received_at: Timestamp) -> Timestamp {
        match self {
            Self::Report => received_at,
            Self::Support | Self::Appeal | Self::Objection | Self::Complaint => {
                let due = TimeZone::UTC.to_datetime(received_at).checked_add(1.months());
                due.and_then(|due| TimeZone::UTC.to_timestamp(due)).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// It waits for an operator.
    Open,
    /// An operator has replied.
    Answered,
    /// An operator has closed it.
    Closed,
}

impl CaseState {
    /// The word of the stored form and of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_answer_is_due_within_a_calendar_month_and_a_report_at_once() {
        for (received, due) in [
            ("2026-11-30T08:00:00Z", "2026-12-30T08:00:00Z"),
            ("2027-01-31T23:59:59.5Z", "2027-02-28T23:59:59.5Z"),
            ("2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            for kind in [CaseKind::Support, CaseKind::Appeal, CaseKind::Objection, CaseKind::Complaint] {
                assert_eq!(kind.due(at(received)), at(due), "{kind:?} of {received}");
            }
            assert_eq!(CaseKind::Report.due(at(received)), at(received));
        }
        assert_eq!(CaseKind::Support.due(Timestamp::MAX), Timestamp::MAX);
    }
}
