//! Numbers, money and days in words.

use jiff::civil::Date;

/// A number of things: in words up to twelve, then in digits.
pub(crate) fn count(number: usize) -> String {
    let words =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    words.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// An amount in hundredths of a currency, such as €9.99.
pub(crate) fn money(hundredths: u64, currency: &str) -> String {
    let sign = match currency {
        "EUR" => "€".to_owned(),
        other => format!("{other} "),
    };
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A whole number with commas, such as 1,500.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    grouped.collect::<Vec<_>>().join(",")
}

/// A day, such as 14 December 2026.
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_money_are_written_for_people() {
        assert_eq!((count(0), count(11), count(13)), ("no".to_owned(), "eleven".to_owned(), "13".to_owned()));
        assert_eq!([money(999, "EUR"), money(8, "EUR"), money(100, "USD")], ["€9.99", "€0.08", "USD 1.00"]);
        assert_eq!([number(7), number(1_500), number(1_000_000)], ["7", "1,500", "1,000,000"]);
        assert_eq!(day(jiff::civil::date(2026, 12, 4)), "4 December 2026");
    }
}
