//! Why an input picture cannot be used, for the person who sent it.

use kernel::limits;
use media::Unusable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The unit of sizes of files.
const MIB: u64 = 1024 * 1024;

/// Why an input picture cannot be used, with the numbers of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum InputProblem {
    /// The content is not PNG, JPEG or WebP.
    WrongType,
    /// The file has too many bytes.
    TooManyBytes {
        /// The size of the file.
        bytes: u64,
    },
    /// A side is too long.
    SideTooLong {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The picture has too many pixels.
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// The most pixels of a picture of this kind.
        most: u64,
    },
    /// The file ends early.
    Incomplete,
    /// The file is damaged.
    Broken,
    /// The file is of a variant of its format that we do not read.
    UnknownVariant,
    /// No size of the picture fits into a job.
    Unfit,
    /// The picture no longer exists.
    Gone,
}

/// Why an input picture cannot be used, as clients read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputReason {
    /// The content is not PNG, JPEG or WebP, whatever its name says.
    WrongType,
    /// The file has more than 20 MiB.
    TooManyBytes,
    /// The picture is wider or higher than 16,384 pixels.
    SideTooLong,
    /// The picture has more than 33 million pixels; or more than 25 million, and is transparent or a progressive JPEG; or
    /// more than 12 million of 16 bits.
    TooManyPixels,
    /// The file ends early, so a part of the picture is missing.
    Incomplete,
    /// The file is damaged.
    Broken,
    /// The file is of a variant of its format that is not read, such as a JPEG of 12 bits.
    UnknownVariant,
    /// The picture cannot be made small enough for the model.
    Unfit,
    /// The picture no longer exists.
    Gone,
}

impl From<Unusable> for InputProblem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::WrongType => Self::WrongType,
            Unusable::TooManyBytes { bytes } => Self::TooManyBytes { bytes },
            Unusable::SideTooLong { width, height } => Self::SideTooLong { width, height },
            Unusable::TooManyPixels { width, height, most } => Self::TooManyPixels { width, height, most },
            Unusable::Incomplete => Self::Incomplete,
            Unusable::Broken => Self::Broken,
            Unusable::UnknownVariant => Self::UnknownVariant,
            Unusable::Unfit => Self::Unfit,
        }
    }
}

impl InputProblem {
    /// The reason without numbers.
    #[must_use]
    pub fn reason(self) -> InputReason {
        match self {
            Self::WrongType => InputReason::WrongType,
            Self::TooManyBytes { .. } => InputReason::TooManyBytes,
            Self::SideTooLong { .. } => InputReason::SideTooLong,
            Self::TooManyPixels { .. } => InputReason::TooManyPixels,
            Self::Incomplete => InputReason::Incomplete,
            Self::Broken => InputReason::Broken,
            Self::UnknownVariant => InputReason::UnknownVariant,
            Self::Unfit => InputReason::Unfit,
            Self::Gone => InputReason::Gone,
        }
    }

    /// The fault and the right value, in sentences for the person.
    #[must_use]
    pub fn detail(self) -> String {
        match self {
            Self::WrongType => {
                "This file is not a PNG, JPEG or WebP picture. Save the picture as one of these and send that.".to_owned()
            }
            Self::TooManyBytes { bytes } => format!(
                "The file of this picture has {} MiB. It may have at most {} MiB.",
                tenths(bytes, MIB),
                limits::INPUT_BYTES as u64 / MIB
            ),
            Self::SideTooLong { width, height } => format!(
                "This picture has {} × {} pixels. Each side may have at most {}.",
                grouped(width),
                grouped(height),
                grouped(limits::INPUT_SIDE)
            ),
            Self::TooManyPixels { width, height, most } => format!(
                "This picture has {} million pixels ({} × {}). A picture {} may have at most {} million: make it smaller.",
                tenths(u64::from(width) * u64::from(height), 1_000_000),
                grouped(width),
                grouped(height),
                kind(most),
                most / 1_000_000
            ),
            Self::Incomplete => {
                "The file of this picture ends early, so a part of the picture is missing. Send the whole file.".to_owned()
            }
            Self::Broken => {
                "The file of this picture is damaged. Open it, save it again as PNG, JPEG or WebP, and send that."
                    .to_owned()
            }
            Self::UnknownVariant => {
                "This picture is of a rare kind that we cannot read. Save it as an ordinary PNG, JPEG or WebP and send that."
                    .to_owned()
            }
            Self::Unfit => "This picture cannot be made small enough for the model. Send another one.".to_owned(),
            Self::Gone => "The picture is no longer there. Send it again.".to_owned(),
        }
    }
}

/// The kind of picture that may have this many pixels.
fn kind(most: u64) -> &'static str {
    match most {
        limits::INPUT_PIXELS_DEEP => "with colours of 16 bits",
        limits::INPUT_PIXELS_COSTLY => "that is transparent or a progressive JPEG",
        _ => "like this",
    }
}

/// A number of units with one decimal. It is rounded up, so that it never looks like a number that is allowed.
fn tenths(number: u64, unit: u64) -> String {
    let tenths = number.saturating_mul(10).div_ceil(unit);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// A number with its thousands apart.
fn grouped(number: u32) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_reason_says_what_is_wrong_and_what_would_be_right() {
        let pixels = |width, height, most| InputProblem::TooManyPixels { width, height, most };
        for (problem, said) in [
            (
                pixels(8_160, 6_120, limits::INPUT_PIXELS),
                "This picture has 50 million pixels (8,160 × 6,120). A picture like this may have at most 33 million: make \
                 it smaller.",
            ),
            (
                pixels(5_001, 5_000, limits::INPUT_PIXELS_COSTLY),
                "This picture has 25.1 million pixels (5,001 × 5,000). A picture that is transparent or a progressive JPEG \
                 may have at most 25 million: make it smaller.",
            ),
            (
                pixels(4_000, 3_001, limits::INPUT_PIXELS_DEEP),
                "This picture has 12.1 million pixels (4,000 × 3,001). A picture with colours of 16 bits may have at most \
                 12 million: make it smaller.",
            ),
            (
                InputProblem::SideTooLong { width: 1_234_567, height: 300 },
                "This picture has 1,234,567 × 300 pixels. Each side may have at most 16,384.",
            ),
            (
                InputProblem::TooManyBytes { bytes: 20 * MIB + 1 },
                "The file of this picture has 20.1 MiB. It may have at most 20 MiB.",
            ),
        ] {
            assert_eq!(problem.detail(), said);
        }
    }

    #[test]
    fn a_problem_is_stored_under_the_word_that_clients_read() {
        for problem in [
            InputProblem::WrongType,
            InputProblem::TooManyBytes { bytes: 1 },
            InputProblem::SideTooLong { width: 1, height: 2 },
            InputProblem::TooManyPixels { width: 1, height: 2, most: 1 },
            InputProblem::Incomplete,
            InputProblem::Broken,
            InputProblem::UnknownVariant,
            InputProblem::Unfit,
            InputProblem::Gone,
        ] {
            let stored = serde_json::to_value(problem).unwrap();
            assert_eq!(stored["reason"], json!(problem.reason()));
            assert_eq!(serde_json::from_value::<InputProblem>(stored).unwrap(), problem);
            assert!(problem.detail().ends_with('.'), "{problem:?}");
        }
    }
}
