//! The numbers that the service promises. They are public: README.md lists them.

use crate::Credits;
use std::time::Duration;

/// Longest prompt, in Unicode scalar values. Longer ones are refused with 422.
pub const PROMPT_CHARS: usize = 4_000;

/// Longest title of a generation, in Unicode scalar values.
pub const TITLE_CHARS: usize = 200;

/// Longest text that is looked for in prompts and titles, in Unicode scalar values.
pub const SEARCH_CHARS: usize = 200;

/// Largest JSON body, in bytes. Larger ones are refused with 413 before they are parsed.
pub const JSON_BODY_BYTES: usize = 64 * 1024;

/// Longest `Idempotency-Key`, in characters of `[A-Za-z0-9_-]`.
pub const IDEMPOTENCY_KEY_CHARS: usize = 64;

/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Items in a list answer unless `limit` says otherwise.
pub const LIST_DEFAULT: u32 = 24;

/// Most items in a list answer.
pub const LIST_MAX: u32 = 100;

/// Generations that are looked at for one page of a list that is narrowed; then the page
/// ends, however few fit, and `next_cursor` goes on. More would take longer than a client
/// waits.
pub const FILTERED_AT_ONCE: u32 = 500;

/// Credits that a new account starts with.
pub const WELCOME_CREDITS: Credits = Credits(50);

/// Most outputs that one generation may ask for.
pub const BATCH_MAX: u32 = 4;

/// Generations that an account without a plan may have under way at once.
pub const PARALLEL_GENERATIONS: u32 = 3;

/// Generations that any account may have under way at once. The balance item holds
/// one hold for each, so this bounds its size.
pub const PARALLEL_GENERATIONS_MAX: u32 = 32;

/// Lots that may be open at once, what is held of them included. Bounds the size of the
/// balance's item: a lot more is refused.
pub const LOTS_MAX: usize = 200;

/// How long credits live at least that come back from a generation that was not delivered,
/// whatever their lot's expiry. Shorter would let a failed job cost a person their credits.
pub const RELEASED_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after its own expiry a lot lives at most, however often its credits come back.
/// Twice the time that they come back for: nobody who asked in time has less than that.
pub const LATE_LIFETIME: Duration = Duration::from_secs(48 * 60 * 60);

/// Months whose use is summed up: a year, and the running one. More would make every change
/// of a balance dearer to write.
pub const USAGE_MONTHS: usize = 13;

/// Uploads that an account may have at once. Bounds what it keeps in the bucket.
pub const UPLOADS_MAX: usize = 10;

/// How long an upload may be sent after it was asked for; so long it holds its place.
pub const UPLOAD_OPEN: Duration = Duration::from_secs(5 * 60);

/// How long an upload can be used after it was asked for. The bucket's lifecycle deletes it
/// no earlier.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Most bytes of a picture that is uploaded.
pub const INPUT_BYTES: usize = 20 * 1024 * 1024;

/// The longest side of a picture that is uploaded, in pixels.
pub const INPUT_SIDE: u32 = 16_384;

/// Most bytes that the pixels of an uploaded picture may take in memory: 22 million pixels
/// without transparency, 16 million with.
pub const INPUT_PIXEL_BYTES: u64 = 64 * 1024 * 1024;

/// Most pixels of a progressive JPEG: its decoder needs six bytes more for each.
pub const PROGRESSIVE_PIXELS: u64 = 8 * 1024 * 1024;

/// The longest side of a thumbnail, in pixels: twice what the gallery shows, for dense screens.
pub const THUMBNAIL_SIDE: u32 = 512;

/// How long after its delivery a generation is tried to be given thumbnails. Whatever is wrong
/// with a picture for a day stays wrong.
pub const THUMBNAILS_TRIED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest output of an image model that is copied, in bytes.
pub const IMAGE_OUTPUT_BYTES: u64 = 32 * 1024 * 1024;

/// Largest output of a video model that is copied, in bytes. More would not be copied
/// within the 300 s that `collect-media` has.
pub const VIDEO_OUTPUT_BYTES: u64 = 512 * 1024 * 1024;

/// How long a presigned download link lives.
pub const DOWNLOAD_LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How long an access token lives.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How long a session lives without being refreshed.
pub const SESSION_IDLE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a used refresh token still yields its successor (two tabs, lost answers).
/// Longer would let a thief of a used token in; shorter would sign people out.
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// How long an attempt to sign in may take.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How long a sign-in (time, IP address, device) is kept.
pub const SIGN_IN_LOG_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long a person may take a deletion back, from the request on. Part of the sum in the
/// template's metadata: longer would leave less of the 30 days for backups to age out.
pub const DELETION_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// When everything must be gone at the latest, from the request on. The policy promises it.
pub const DELETION_DUE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long after an erasure it is verified again. Shorter would let a writer that was
/// under way go unnoticed: the longest lives for 15 minutes, a queue message for 4 days.
pub const ERASURE_SETTLES: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a keyed hash of (issuer, subject) refuses a second welcome. The receipt and the
/// policy page say so.
pub const WELCOME_MARKER_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);
