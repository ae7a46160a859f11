//! The names of the world: its region, its bucket, the path of its secrets.

/// The region of the world.
pub const REGION: &str = "eu-west-1";
/// The bucket that the world has.
pub const MEDIA_BUCKET: &str = "media";
/// The path below which [`World::put_secret`](crate::World::put_secret) puts secrets.
pub const SECRETS_PATH: &str = "/cinemaxsai/test";
/// The access key that the world's clients sign with.
pub(crate) const ACCESS_KEY: &str = "AKIDTESTKIT";
/// The secret of [`ACCESS_KEY`].
pub(crate) const SECRET_KEY: &str = "the-secret-key-of-testkit";
