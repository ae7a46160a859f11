//! The numbers that the service promises. They are public.

use crate::{cost::MicroDollars, credits::Credits};
use std::time::Duration;

/// Longest prompt, in Unicode scalar values. Longer ones are refused with 422.
pub const PROMPT_CHARS: usize = 4_000;

/// Longest name of a person, in Unicode scalar values.
pub const NAME_CHARS: usize = 200;

/// Longest title of a generation, in Unicode scalar values.
pub const TITLE_CHARS: usize = 200;

/// Longest search text for prompts and titles, in Unicode scalar values.
pub const SEARCH_CHARS: usize = 200;

/// Largest JSON body, in bytes. Larger ones are refused with 413 before they are parsed.
pub const JSON_BODY_BYTES: usize = 64 * 1024;

/// Longest `Idempotency-Key`, in characters of `[A-Za-z0-9_-]`.
pub const IDEMPOTENCY_KEY_CHARS: usize = 64;

/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Items of a list answer unless the request has a `limit`.
pub const LIST_DEFAULT: u32 = 24;

/// Most items of a list answer.
pub const LIST_MAX: u32 = 100;

/// Most generations that are read for one page of a filtered list. Then the page ends, even
/// when few of them match, and `next_cursor` continues. Reading more would take longer than a
/// client waits.
pub const FILTERED_AT_ONCE: u32 = 500;

/// The age in years that a person must have declared to be asked about advertising. It is the same at any age from
/// which a person may sign in.
pub const ADVERTISING_AGE: u8 = 18;

/// Credits that a new account starts with.
pub const WELCOME_CREDITS: Credits = Credits(50);

/// Most outputs that one generation may ask for.
pub const BATCH_MAX: u32 = 4;

/// Generations that an account without a plan may have under way at once.
pub const PARALLEL_GENERATIONS: u32 = 3;

/// Generations that any account may have under way at once. The balance's item has one hold
/// for each, so this number bounds its size.
pub const PARALLEL_GENERATIONS_MAX: u32 = 32;

/// The free cancellations of an account without a plan on a day (UTC), as the sum of the provider
/// costs of the canceled jobs. The first canceled job of a day is free at any cost, and its cost
/// counts in the sum.
pub const FREE_CANCELS_DAILY: MicroDollars = MicroDollars(500_000);

/// Jobs of an account that a policy may refuse on a day (UTC) before the account has to pause.
pub const REFUSED_DAILY: u32 = 10;

/// The first pause after [`REFUSED_DAILY`] refused jobs. Each later one of the same day is twice as
/// long.
pub const REFUSED_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The longest such pause.
pub const REFUSED_PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The most that the refused and failed jobs of an account may cost us on a day (UTC). It is more
/// than the cost of ten of the dearest jobs. Together with the cost of the jobs that may be under
/// way, it is below the cap of each provider.
pub const LOST_JOBS_DAILY: MicroDollars = MicroDollars(15_000_000);

/// Lots that may be open at once, held parts included. The number bounds the size of the
/// balance's item, so one more lot is refused.
pub const LOTS_MAX: usize = 200;

/// Lots of an account that may be frozen at once. Each part of a frozen lot has the note of the
/// freeze, so the number bounds the size of the balance's item. An operator who needs more freezes
/// the account.
pub const FROZEN_LOTS_MAX: usize = 20;

/// Shortest remaining life of credits that a release gives back, independent of their lot's
/// expiry. With less, a failed generation could cost a person their credits.
pub const RELEASED_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest life of a lot's credits after the lot's own expiry, however often they are held and
/// released. It is twice [`RELEASED_LIFETIME`], so that each release of credits that were held
/// in time still gives the full [`RELEASED_LIFETIME`].
pub const LATE_LIFETIME: Duration = Duration::from_secs(48 * 60 * 60);

/// Months for which a balance keeps totals of use: a year, and the current month. More would
/// make every write of a balance more expensive.
pub const USAGE_MONTHS: usize = 13;

/// Uploads that an account may have at once. The number bounds the storage of the account in the
/// bucket.
pub const UPLOADS_MAX: usize = 10;

/// How long after its creation an upload may be sent. Until then it counts towards
/// [`UPLOADS_MAX`].
pub const UPLOAD_OPEN: Duration = Duration::from_secs(5 * 60);

/// How long after its creation an upload can be used. The bucket's lifecycle deletes it no
/// earlier.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest uploaded picture, in bytes.
pub const INPUT_BYTES: usize = 20 * 1024 * 1024;

/// The longest side of an uploaded picture, in pixels.
pub const INPUT_SIDE: u32 = 16_384;

/// The media types of pictures that may be uploaded: the formats that we decode.
pub const INPUT_TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// Most pixels of an uploaded picture. A phone's photograph has 24 million. The number bounds the memory of the
/// functions that decode: three bytes for each pixel, twice while the picture is turned.
pub const INPUT_PIXELS: u64 = 33_000_000;

/// Most pixels of an uploaded picture with transparency, which needs four bytes for each, or of a progressive JPEG,
/// whose decoder needs six more for each.
pub const INPUT_PIXELS_COSTLY: u64 = 25_000_000;

/// Most pixels of an uploaded picture with colours of 16 bits, which need up to eight bytes for each.
pub const INPUT_PIXELS_DEEP: u64 = 12_000_000;

/// The longest side of a thumbnail, in pixels: twice the size in the gallery, for dense screens.
pub const THUMBNAIL_SIDE: u32 = 512;

/// How long after its delivery the sweep tries to make a generation's thumbnails. A picture
/// that cannot be read for a day will never be.
pub const THUMBNAILS_TRIED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest picture of a person that is fetched from a partner of sign-in, in bytes. Those of Google and Facebook have
/// some ten thousand.
pub const PERSON_PICTURE_BYTES: u64 = 2 * 1024 * 1024;

/// The longest side of the copy of a person's picture, in pixels. The copy is square.
pub const PERSON_PICTURE_SIDE: u32 = 192;

/// Largest output of an image model, in bytes. Larger ones are not copied.
pub const IMAGE_OUTPUT_BYTES: u64 = 32 * 1024 * 1024;

/// Largest output of a video model, in bytes. A larger one could not be copied within the
/// 300 s that `collect-media` has.
pub const VIDEO_OUTPUT_BYTES: u64 = 512 * 1024 * 1024;

/// How long a person or a partner waits for the erasure of an account that is under way. Then a sign-in makes a new
/// account.
pub const ERASURE_WAIT: Duration = Duration::from_secs(60);

/// How long after a deletion with `undo=true` a person may bring the generation back. Until then its files
/// stay. A longer time would keep data that the person wants gone.
pub const UNDO_WINDOW: Duration = Duration::from_secs(30);

/// How long a presigned download link is valid.
pub const DOWNLOAD_LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How long an access token is valid.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How long a session lasts without a refresh.
pub const SESSION_IDLE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a session lasts from its sign-in, however often it is refreshed. A stolen refresh token
/// that nobody notices ends with it.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Sessions that an account may have. One sign-in more ends the session that was used longest ago.
/// The number bounds the work of ending all of them.
pub const SESSIONS_MAX: usize = 20;

/// How long a used refresh token still yields its successor, for two tabs and for lost answers.
/// A longer time would admit the thief of a used token; a shorter one would sign people out.
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// How long an attempt to sign in may last.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How long after its sign-in a session may link or remove a way to sign in. A refresh does not make it longer, so a
/// token that was stolen later changes none.
pub const RECENT_SIGN_IN: Duration = Duration::from_secs(15 * 60);

/// Sign-ins that may begin in a minute from one network, and as many that may end. A network is an
/// IPv4 prefix of 24 bits or an IPv6 prefix of 48 bits.
pub const SIGN_INS_A_MINUTE: u32 = 40;

/// Sign-ins of one account in an hour. Each is kept in its log of sign-ins.
pub const SIGN_INS_HOURLY: u32 = 60;

/// Refreshes of the sessions of an account in a minute. A browser refreshes once in ten minutes.
pub const REFRESHES_A_MINUTE: u32 = 40;

/// Pages for a payment that an account may open in ten minutes.
pub const CHECKOUTS_IN_TEN_MINUTES: u32 = 10;

/// Messages to support in an hour from one account, or from one network of people who are not signed
/// in.
pub const CONTACTS_HOURLY: u32 = 10;

/// Reports in an hour from one account, or from one network of people who are not signed in.
pub const REPORTS_HOURLY: u32 = 20;

/// Choices about consent, and notices of changed documents, that an account may record on a day (UTC). A withdrawal of
/// a consent that is given is possible beyond that.
pub const CONSENTS_DAILY: u32 = 40;

/// How old a choice or a notice may be when it is recorded. A choice of a person who is not signed in is kept as long
/// in a cookie.
pub const CHOICE_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// How far the clock of a person's device may be ahead of ours when it records a choice or a notice.
pub const DEVICE_CLOCK_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a withdrawal of a consent may be on its way from a page to us. Of a consent and a withdrawal that come
/// within this time, the one that was made later by the clock of the device counts.
pub const WITHDRAWAL_ON_ITS_WAY: Duration = Duration::from_secs(60);

/// New accounts of one network on a day (UTC) whose welcome credits can be spent at once. The welcome
/// credits of further accounts wait until the person writes.
pub const WELCOME_LOTS_DAILY: u32 = 40;

/// The largest difference between the clock of a partner of sign-in and ours. A larger one accepts older tokens, and
/// lets a request for deletion reach a sign-in that came later; a smaller one refuses people, and ignores requests,
/// when clocks drift.
pub const CLOCK_LEEWAY: Duration = Duration::from_secs(60);

/// How long a sign-in (time, IP address, device) is kept.
pub const SIGN_IN_LOG_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long after the request a person may cancel a deletion. The time is part of the sum in the
/// template's metadata: a longer one would leave less of the 30 days for backups to age out.
pub const DELETION_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The time from the request for deletion until everything is gone at the latest. The privacy
/// policy promises it.
pub const DELETION_DUE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The time between an erasure and its second verification. A shorter time could miss a writer
/// that was under way: the longest function runs for 15 minutes, and a queue message lasts 4
/// days.
pub const ERASURE_SETTLES: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a keyed hash of (issuer, subject) prevents a second welcome lot. The receipt and the
/// policy page state the time.
pub const WELCOME_MARKER_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long the answer to a partner's request for deletion that deletes no account can be read. With the
/// recovery of its table it is well within the 30 days of a deletion.
pub const REMOVAL_LIFETIME: Duration = Duration::from_secs(21 * 24 * 60 * 60);

/// Longest text of a case (what a person writes to support, or reports) and of a reply to it, in
/// Unicode scalar values.
pub const CASE_TEXT_CHARS: usize = 4_000;

/// Longest address to answer to, in characters (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const REPLY_ADDRESS_CHARS: usize = 254;

/// Longest URL of a report, in characters.
pub const REPORT_SUBJECT_CHARS: usize = 2_048;

/// How long a case is kept after an operator has closed it. The template states it in its
/// metadata.
pub const CLOSED_CASE_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long the row of a mail is kept after the mail was sent or dropped. It then has neither address nor facts, and
/// serves to recognise late events of SES.
pub const MAIL_ROW_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
