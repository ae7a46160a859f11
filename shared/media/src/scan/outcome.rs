/// Width and height in pixels, both greater than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub width: u32,
    pub height: u32,
}

/// The reason why a scanner rejects a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The file stops before its end mark.
    Truncated,
    /// The file has no supported format, or breaks the rules of its format.
    WrongType,
    /// The file announces a size above the limit.
    TooLarge,
}
