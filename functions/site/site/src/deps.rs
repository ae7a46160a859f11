//! The dependencies of the pages.

use crate::tag::{AdvertisingTag, origin};
use billing::Plans;
use generations::{Catalogue, Paused, TrainingVendors};
use kernel::{Error, Result};
use register::operator::Operator;
use runtime::Init;

/// The stage, for the count of page views, what the pages show, and their content security policies.
#[derive(Debug)]
pub struct Deps {
    pub(crate) stage: String,
    pub(crate) catalogue: Catalogue,
    pub(crate) paused: Paused,
    pub(crate) plans: Plans,
    /// The operator, as the template's parameters state it.
    pub(crate) operator: Operator,
    pub(crate) training: TrainingVendors,
    /// The age in years that a person declares to have reached by signing in.
    pub(crate) minimum_age: u8,
    pub(crate) tag: Option<AdvertisingTag>,
    pub(crate) policy: String,
    /// The policy of a page that may load the tag.
    pub(crate) policy_with_tag: String,
}

impl Deps {
    /// Builds the dependencies at cold start. The policy allows the origin of the bucket, from which
    /// media are loaded and to which pictures are uploaded. A form that links an identity is redirected to the page of
    /// a partner, and browsers compare the target of that redirect with the policy too.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or of one that cannot be read, and when a built-in file does not
    /// parse.
    pub async fn new(init: &Init) -> Result<Self> {
        let media = init.var("MEDIA_ORIGIN")?;
        let partners = ["GOOGLE_AUTHORIZE_URL", "APPLE_AUTHORIZE_URL", "FACEBOOK_AUTHORIZE_URL"];
        let partners = partners.into_iter().map(|name| init.var(name).map(origin)).collect::<Result<Vec<_>>>()?;
        let partners = partners.join(" ");
        let tag = AdvertisingTag::parse(init.var("ADVERTISING_TAG")?)?;
        let policy = |pictures: &str| {
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; \
                 img-src 'self' blob: {media}{pictures}; media-src 'self' {media}; form-action 'self' {partners}; \
                 base-uri 'none'; frame-ancestors 'none'"
            )
        };
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        let catalogue = Catalogue::for_new_generations(training.clone())?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            policy: policy(""),
            policy_with_tag: policy(&tag.as_ref().map(|tag| format!(" {}", tag.origin())).unwrap_or_default()),
            paused: Paused::parse(init.var("PAUSED")?, &catalogue)?,
            catalogue,
            plans: Plans::built_in()?,
            operator: Operator::from_variables(|name| init.var(name))?,
            training,
            minimum_age: init.var("MINIMUM_AGE")?.parse().map_err(Error::internal)?,
            tag,
        })
    }
}
