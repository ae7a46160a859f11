//! The reasons why a picture cannot be used.

use kernel::limits;

/// The reason why a picture cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The content is not PNG, JPEG or WebP.
    WrongType,
    /// The file has more than [`limits::INPUT_BYTES`].
    TooManyBytes {
        /// The size of the file, in bytes.
        bytes: u64,
    },
    /// A side is longer than [`limits::INPUT_SIDE`].
    SideTooLong {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The picture has more pixels than one of its kind may have.
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// The most pixels of this kind of picture: see [`limits::INPUT_PIXELS`] and its neighbours.
        most: u64,
    },
    /// A part of the picture is missing: its file ends too early.
    Incomplete,
    /// The file breaks the rules of its format.
    Broken,
    /// The file follows its format, in a variant that we do not read, such as a JPEG of 12 bits or with arithmetic
    /// coding.
    UnknownVariant,
    /// No size of the picture fits into a job.
    Unfit,
}

impl Unusable {
    /// The reason as one word, for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::SideTooLong { .. } => "side_too_long",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::Incomplete => "incomplete",
            Self::Broken => "broken",
            Self::UnknownVariant => "unknown_variant",
            Self::Unfit => "unfit",
        }
    }

    /// Refuses sides that are too long. A side of 0 breaks the rules of each format.
    pub(super) fn check_sides(width: u32, height: u32) -> Result<(), Self> {
        match width.max(height) {
            _ if width.min(height) == 0 => Err(Self::Broken),
            side if side > limits::INPUT_SIDE => Err(Self::SideTooLong { width, height }),
            _ => Ok(()),
        }
    }

    /// Refuses more pixels than `most`.
    pub(super) fn check_pixels(width: u32, height: u32, most: u64) -> Result<(), Self> {
        match u64::from(width) * u64::from(height) > most {
            true => Err(Self::TooManyPixels { width, height, most }),
            false => Ok(()),
        }
    }
}
