//! The input pictures of a request: which objects they are, and in which versions.

use crate::{
    catalogue::models::Model,
    generation::{
        output::{Input, Output},
        record::Generation,
        request::NewGeneration,
        status::GenerationStatus,
    },
    uploads::slot::{Slot, Slots},
};
use kernel::{AccountId, Error, Result, Timestamp};
use media::{MediaStore, UploadFile};

/// The source of a request's input pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResolvedInputs {
    /// These uploads, with the numbers of their slots.
    Uploads(Vec<(usize, Slot)>),
    /// The first output of the generation that the request is based on.
    BaseOutput(Input),
    /// None: the model takes no picture.
    None,
}

/// The input pictures of a request.
///
/// # Errors
/// `invalid` when there are too many, none although the model needs one, or one twice;
/// `not_found` for an upload that is unknown, another account's, or older than a day.
pub(crate) fn resolve_inputs(
    request: &NewGeneration,
    model: &Model,
    base: Option<&Generation>,
    slots: &Slots,
    now: Timestamp,
) -> Result<ResolvedInputs> {
    let (given, most) = (&request.inputs, model.inputs.fields.len());
    let refused = |detail: String| Err(Error::invalid("inputs", detail));
    if given.len() > most {
        return refused(match most {
            0 => "This model takes no picture.".to_owned(),
            most => format!("This model takes at most {most}."),
        });
    }
    if (1..given.len()).any(|n| given[..n].contains(&given[n])) {
        return refused("Name each upload once.".to_owned());
    }
    if !given.is_empty() {
        let uploads = given.iter().map(|id| slots.find(*id, now).map(|(n, slot)| (n, slot.clone())));
        return uploads.collect::<Result<_>>().map(ResolvedInputs::Uploads);
    }
    if most == 0 {
        return Ok(ResolvedInputs::None);
    }
    match base.and_then(first_picture) {
        Some(input) => Ok(ResolvedInputs::BaseOutput(input)),
        None => refused("This model needs a picture: an upload, or an image that it is based on.".to_owned()),
    }
}

/// The first output of a generation, if it is a picture.
fn first_picture(base: &Generation) -> Option<Input> {
    let is_usable = base.status == GenerationStatus::Succeeded && base.disabled.is_none();
    let output = base.outputs.first().filter(|_| is_usable)?;
    let Output { key, version_id, .. } = output;
    output.is_picture().then(|| Input { upload: None, key: key.clone(), version_id: version_id.clone() })
}

impl ResolvedInputs {
    /// Reads the current version of each upload and pins it. One request for each upload.
    ///
    /// # Errors
    /// `not_uploaded` when an upload was not sent yet, `unavailable`.
    pub(crate) async fn pin(&self, media: &MediaStore, account: AccountId) -> Result<Vec<Input>> {
        let mut inputs = Vec::new();
        match self {
            Self::None => {}
            Self::BaseOutput(input) => inputs.push(input.clone()),
            Self::Uploads(uploads) => {
                for (_, Slot { upload: id, .. }) in uploads {
                    let upload = UploadFile { account, id: *id };
                    let version_id = media.uploaded(upload).await?.ok_or(Error::NotUploaded)?;
                    inputs.push(Input { upload: Some(*id), key: upload.key(), version_id });
                }
            }
        }
        Ok(inputs)
    }
}
