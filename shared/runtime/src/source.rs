//! Times of the platform: the local platform's offset, and Lambda's deadline.

use kernel::Timestamp;

/// The milliseconds by which the local platform's clock is ahead of the machine's: the signed number
/// in the file that `LOCAL_CLOCK_FILE` names, or 0 without one.
#[cfg(feature = "local-clock")]
pub(crate) fn offset_ms() -> i64 {
    let file = machine::variables().find(|(name, _)| name == "LOCAL_CLOCK_FILE");
    file.map_or(0, |(_, path)| offset_in(path.as_ref()))
}

#[cfg(any(feature = "local-clock", test))]
fn offset_in(path: &std::path::Path) -> i64 {
    std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// Without the feature the clock is the machine's: no variable can move it.
#[cfg(not(feature = "local-clock"))]
pub(crate) fn offset_ms() -> i64 {
    0
}

/// A system time of the platform as a timestamp.
pub(crate) fn at(time: std::time::SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_moves_the_time_by_the_number_in_it() {
        let file = std::env::temp_dir().join(format!("clock-{}", std::process::id()));
        for (text, expected) in [("-691200000\n", -691_200_000), ("soon", 0), ("", 0)] {
            fs::write(&file, text).unwrap();
            assert_eq!(offset_in(&file), expected, "{text:?}");
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(offset_in(&file), 0, "a file that is not there moves nothing");
    }
}
