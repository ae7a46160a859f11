//! Pictures that go in: which ones a request means, and how they are handed on.
//!
//! What leaves is never the file that a person sent, but its pixels written anew, in the
//! body of the job itself: no address of ours goes along, and no provider keeps a file.

use crate::{
    Form, Generation, GenerationStatus, GenerationStore, Input, Inputs, Model, NewGeneration,
    slot::{Slot, Slots},
};
use aws::Change;
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{AccountId, Error, Result, Timestamp};
use media::{MediaStore, UploadFile};
use providers::INLINE_BYTES;
use serde_json::{Map, Value};

/// Where the pictures of a request come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant {
    /// These uploads, with their places.
    Uploads(Vec<(usize, Slot)>),
    /// The first output of what the generation is based on.
    Output(Input),
    /// The model takes none.
    None,
}

/// The pictures that a request means, of a model that takes some.
///
/// # Errors
/// `invalid` when there are too many, none, or one twice; `not_found` for an upload that is
/// unknown, another account's, or older than a day.
pub(crate) fn meant(
    request: &NewGeneration,
    model: &Model,
    base: Option<&Generation>,
    slots: &Slots,
    now: Timestamp,
) -> Result<Meant> {
    let (given, most) = (&request.inputs, model.inputs.fields.len());
    let refused = |detail: String| Err(Error::invalid("inputs", detail));
    if given.len() > most {
        return refused(match most {
            0 => "This model takes no picture.".to_owned(),
            most => format!("This model takes {most} at most."),
        });
    }
    if (1..given.len()).any(|n| given[..n].contains(&given[n])) {
        return refused("Name each upload once.".to_owned());
    }
    if !given.is_empty() {
        let places = given.iter().map(|id| slots.of(*id, now).map(|(n, slot)| (n, slot.clone())));
        return places.collect::<Result<_>>().map(Meant::Uploads);
    }
    if most == 0 {
        return Ok(Meant::None);
    }
    match base.and_then(first_picture) {
        Some(input) => Ok(Meant::Output(input)),
        None => refused("This model needs a picture: an upload, or an image that it is based on.".to_owned()),
    }
}

/// What a variation or an enlargement begins with.
fn first_picture(base: &Generation) -> Option<Input> {
    let output = base.outputs.first().filter(|_| base.status == GenerationStatus::Succeeded)?;
    let is_picture = output.content_type.starts_with("image/");
    is_picture.then(|| Input { upload: None, key: output.key.clone(), version_id: output.version_id.clone() })
}

impl Meant {
    /// The versions that are there now. One request for each upload.
    ///
    /// # Errors
    /// `not_uploaded`, `unavailable`.
    pub(crate) async fn pinned(&self, media: &MediaStore, account: AccountId) -> Result<Vec<Input>> {
        let mut inputs = Vec::new();
        match self {
            Self::None => {}
            Self::Output(input) => inputs.push(input.clone()),
            Self::Uploads(places) => {
                for (_, Slot { upload: id, .. }) in places {
                    let upload = UploadFile { account, id: *id };
                    let version_id = media.uploaded(upload).await?.ok_or(Error::NotUploaded)?;
                    inputs.push(Input { upload: Some(*id), key: upload.key(), version_id });
                }
            }
        }
        Ok(inputs)
    }

    /// The places of these uploads are needed until the generation's deadline: as part of
    /// the transaction that makes it.
    pub(crate) fn needed(
        &self,
        store: &GenerationStore,
        generation: &Generation,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let Self::Uploads(places) = self else { return Ok(Vec::new()) };
        let Generation { account, id, deadline, .. } = generation;
        let needed = places.iter().map(|(n, slot)| {
            let needed = slot.needed(*id, *deadline, now);
            store.place(*account, *n, Some(slot), &needed)
        });
        needed.collect()
    }
}

/// Why a generation's pictures cannot be handed on.
#[derive(Debug)]
pub(crate) enum NoPicture {
    /// One of them is none, is too large, or is gone: trying again cannot help.
    Unusable(&'static str),
    /// They could not be read now.
    Unreadable(Error),
}

/// The fields of a job in which its pictures stand: decoded within limits, upright, with
/// nothing but their pixels, and together small enough. One request for each.
pub(crate) async fn fields(
    media: &MediaStore,
    generation: &Generation,
    inputs: &Inputs,
) -> Result<Map<String, Value>, NoPicture> {
    let mut fields = Map::new();
    // Three bytes become four letters; the rest of the job is a small part of the margin.
    let most = INLINE_BYTES / 4 * 3 / generation.inputs.len().max(1);
    for (Input { key, version_id, .. }, field) in generation.inputs.iter().zip(&inputs.fields) {
        let file = media.read_input(key, version_id).await.map_err(NoPicture::Unreadable)?;
        let file = file.ok_or(NoPicture::Unusable("gone"))?;
        let picture =
            media::reencode_picture(&file, most).map_err(|unusable| NoPicture::Unusable(unusable.as_str()))?;
        drop(file);
        let mut text = match inputs.form {
            Form::DataUri => format!("data:{};base64,", picture.format.content_type()),
            Form::Base64 => String::new(),
        };
        text.reserve_exact(picture.bytes.len().div_ceil(3) * 4);
        BASE64_STANDARD.encode_string(&picture.bytes, &mut text);
        fields.insert(field.clone(), Value::String(text));
    }
    Ok(fields)
}
