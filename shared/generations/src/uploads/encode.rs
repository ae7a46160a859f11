//! The input pictures in the input of a job.
//!
//! The provider never gets the file that a person sent, only its pixels in a new file. That
//! file is in the body of the job, so the provider gets no URL of ours.

use crate::{
    catalogue::models::{ModelInputs, PictureEncoding},
    generation::{failure::input::InputProblem, output::Input, record::Generation},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::Error;
use media::{InputFile, MediaStore};
use providers::INLINE_BYTES;
use serde_json::{Map, Value};

/// The reason for which an input picture cannot be encoded.
#[derive(Debug)]
pub(crate) enum PictureError {
    /// The picture cannot be decoded, is too large, or no longer exists. A retry cannot help.
    Unusable(InputProblem),
    /// The picture could not be read now. A retry may help.
    Unreadable(Error),
}

/// The fields of a job for its input pictures. Each picture is decoded within limits, turned
/// upright, stripped of its metadata, and scaled so that all fit together. One request for each
/// picture.
pub(crate) async fn encode_inputs(
    media: &MediaStore,
    generation: &Generation,
    inputs: &ModelInputs,
) -> Result<Map<String, Value>, PictureError> {
    let mut fields = Map::new();
    // Base64 makes four characters of three bytes. The rest of the job is small beside the limit.
    let most = INLINE_BYTES / 4 * 3 / generation.inputs.len().max(1);
    for (Input { key, version_id, .. }, field) in generation.inputs.iter().zip(&inputs.fields) {
        let file = match media.read_input(key, version_id).await.map_err(PictureError::Unreadable)? {
            InputFile::Whole(file) => file,
            InputFile::TooLarge { bytes } => return Err(PictureError::Unusable(InputProblem::TooManyBytes { bytes })),
            InputFile::Gone => return Err(PictureError::Unusable(InputProblem::Gone)),
        };
        let picture = media::reencode_picture(&file, most);
        let picture = picture.map_err(|unusable| PictureError::Unusable(unusable.into()))?;
        drop(file);
        let mut text = match inputs.encoding {
            PictureEncoding::DataUri => format!("data:{};base64,", picture.format.content_type()),
            PictureEncoding::Base64 => String::new(),
        };
        text.reserve_exact(picture.bytes.len().div_ceil(3) * 4);
        BASE64_STANDARD.encode_string(&picture.bytes, &mut text);
        fields.insert(field.clone(), Value::String(text));
    }
    Ok(fields)
}
