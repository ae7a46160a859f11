//! A day of the command line.

use jiff::{civil::Date, tz::TimeZone};
use kernel::{Error, Result, Timestamp};

/// A day (UTC), as an operator names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Today,
    Yesterday,
    Date(Date),
}

impl Day {
    /// The date of the day.
    ///
    /// # Errors
    /// `invalid` for a day in the future, which has no data yet.
    pub(crate) fn date(self, now: Timestamp) -> Result<Date> {
        let today = TimeZone::UTC.to_datetime(now).date();
        match self {
            Self::Today => Ok(today),
            Self::Yesterday => before(today),
            Self::Date(date) if date > today => {
                Err(Error::invalid("day", format!("{date} is in the future: today is {today} (UTC).")))
            }
            Self::Date(date) => Ok(date),
        }
    }
}

/// The day before a date.
pub(crate) fn before(date: Date) -> Result<Date> {
    date.yesterday().map_err(|_| Error::invalid("day", "There is no day before this one."))
}

/// The beginning of a day (UTC).
pub(crate) fn begin_of(date: Date) -> Result<Timestamp> {
    let begin = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
    begin.map_err(|_| Error::invalid("day", "There is no such day."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_in_utc() {
        let now: Timestamp = "2026-12-01T00:30:00+01:00".parse().unwrap();
        assert_eq!(Day::Today.date(now).unwrap().to_string(), "2026-11-30");
        assert_eq!(Day::Yesterday.date(now).unwrap().to_string(), "2026-11-29");
        assert_eq!(begin_of("2026-11-30".parse().unwrap()).unwrap().to_string(), "2026-11-30T00:00:00Z");
    }

    #[test]
    fn a_day_in_the_future_is_refused() {
        let now: Timestamp = "2026-11-30T23:59:59Z".parse().unwrap();
        assert!(Day::Date("2026-11-30".parse().unwrap()).date(now).is_ok());
        let refused = Day::Date("2026-12-01".parse().unwrap()).date(now).unwrap_err();
        assert_eq!(refused.code(), "invalid");
        assert!(refused.to_string().contains("2026-12-01 is in the future: today is 2026-11-30"), "{refused}");
    }
}
