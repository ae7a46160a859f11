use super::{
    image::ImageScanner,
    mp4::Mp4Scanner,
    outcome::{Rejection, Size},
};
use crate::format::Format;

/// Scans a file part by part, in bounded memory.
#[derive(Debug)]
pub(crate) enum Scanner {
    Image(ImageScanner),
    Mp4(Mp4Scanner),
}

impl Scanner {
    /// The scanner for the format of a file, recognised by the first part of the file. `limit`
    /// is the largest allowed size in bytes. The caller must still feed the first part.
    pub fn sniff(head: &[u8], limit: u64) -> Result<Self, Rejection> {
        let mp4 = Mp4Scanner::sniff(head, limit).map(Self::Mp4);
        mp4.or_else(|| ImageScanner::sniff(head).map(Self::Image)).ok_or(Rejection::WrongType)
    }

    pub fn format(&self) -> Format {
        match self {
            Self::Image(image) => image.format(),
            Self::Mp4(_) => Format::Mp4,
        }
    }

    /// Scans the next part.
    pub fn feed(&mut self, part: &[u8]) -> Result<(), Rejection> {
        match self {
            Self::Image(image) => image.feed(part),
            Self::Mp4(mp4) => return mp4.feed(part),
        }
        Ok(())
    }

    /// The size of the picture, if all parts together form a complete file.
    pub fn finish(&self) -> Result<Size, Rejection> {
        match self {
            Self::Image(image) => image.finish(),
            Self::Mp4(mp4) => mp4.finish(),
        }
    }
}
