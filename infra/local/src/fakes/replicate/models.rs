//! The models of the fake, and their inputs.

use super::problem::InvalidField;
use crate::fakes::{
    inputs::{InputFault, InputKind, ModelInputs, faults, pictures},
    media::{
        files::OutputKind,
        picture::PictureSize,
        seen::{SeenEncoding, SeenPicture},
    },
};
use serde_json::{Map, Value};

/// A model by its public name.
#[derive(Debug)]
pub(super) struct ReplicateModel {
    /// `owner/name`.
    pub name: &'static str,
    /// The id of its latest version, 64 hexadecimal digits.
    pub version: &'static str,
    pub makes: OutputKind,
    inputs: ModelInputs,
}

const MODELS: &[ReplicateModel] = &[
    // https://replicate.com/black-forest-labs/flux-schnell/api/schema
    ReplicateModel {
        name: "black-forest-labs/flux-schnell",
        version: "c846a69991daf4c0e5d016514849d14ee5b2e6846ce6b9d6f21369e564cfe51e",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("aspect_ratio", InputKind::OneOf(PictureSize::RATIOS)),
            ("num_outputs", InputKind::Whole(1, 4)),
            ("num_inference_steps", InputKind::Whole(1, 4)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("output_format", InputKind::OneOf(&["webp", "jpg", "png"])),
            ("output_quality", InputKind::Whole(0, 100)),
            ("disable_safety_checker", InputKind::Flag),
            ("go_fast", InputKind::Flag),
            ("megapixels", InputKind::OneOf(&["1", "0.25"])),
        ],
    },
    // https://replicate.com/wan-video/wan-2.2-t2v-fast/api/schema
    ReplicateModel {
        name: "wan-video/wan-2.2-t2v-fast",
        version: "920bea47c60299896482c74ddd32df873d0e392a88a08595b3d4f56eaf47b6ef",
        makes: OutputKind::Film,
        inputs: &[
            ("prompt", InputKind::Text),
            ("num_frames", InputKind::Whole(81, 100)),
            ("aspect_ratio", InputKind::OneOf(&["16:9", "9:16"])),
            ("resolution", InputKind::OneOf(&["480p", "720p"])),
            ("frames_per_second", InputKind::Whole(5, 24)),
            ("go_fast", InputKind::Flag),
            ("sample_shift", InputKind::Number(1.0, 20.0)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
        ],
    },
    // https://replicate.com/bytedance/seedance-1-lite/api/schema
    ReplicateModel {
        name: "bytedance/seedance-1-lite",
        version: "f22bbc7d965c70af30ba3b157e3bb05d232136555885e934b92878ad773f48c1",
        makes: OutputKind::Film,
        inputs: &[
            ("prompt", InputKind::Text),
            ("resolution", InputKind::OneOf(&["480p", "720p", "1080p"])),
            ("aspect_ratio", InputKind::OneOf(&["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "9:21"])),
            ("fps", InputKind::Whole(24, 24)),
            ("duration", InputKind::Whole(2, 12)),
            ("camera_fixed", InputKind::Flag),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
        ],
    },
    // https://replicate.com/black-forest-labs/flux-kontext-dev/api/schema
    ReplicateModel {
        name: "black-forest-labs/flux-kontext-dev",
        version: "85723d503c17da3f9fd9cecfb9987a8bf60ef747fd8f68a25d7636f88260eb59",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("input_image", InputKind::Picture(SeenEncoding::DataUri)),
            ("aspect_ratio", InputKind::OneOf(KONTEXT_RATIOS)),
            ("num_inference_steps", InputKind::Whole(4, 50)),
            ("guidance", InputKind::Number(0.0, 10.0)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("output_format", InputKind::OneOf(&["webp", "jpg", "png"])),
            ("output_quality", InputKind::Whole(0, 100)),
            ("disable_safety_checker", InputKind::Flag),
            ("go_fast", InputKind::Flag),
        ],
    },
    // https://replicate.com/wan-video/wan-2.2-i2v-fast/api/schema
    ReplicateModel {
        name: "wan-video/wan-2.2-i2v-fast",
        version: "4eaf2b01d3bf70d8a2e00b219efeb7cb415855ad18b7dacdc4cae664a73a6eea",
        makes: OutputKind::Film,
        inputs: &[
            ("prompt", InputKind::Text),
            ("image", InputKind::Picture(SeenEncoding::DataUri)),
            ("num_frames", InputKind::Whole(81, 121)),
            ("resolution", InputKind::OneOf(&["480p", "720p"])),
            ("frames_per_second", InputKind::Whole(5, 30)),
            ("go_fast", InputKind::Flag),
            ("sample_shift", InputKind::Number(1.0, 20.0)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
        ],
    },
    // https://replicate.com/stability-ai/stable-diffusion-3.5-large/api/schema
    ReplicateModel {
        name: "stability-ai/stable-diffusion-3.5-large",
        version: "feb36d70a9f2791ed9df99f795ea5684da18f52b5f6b488dfdef635ca19d6bd3",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("negative_prompt", InputKind::Text),
            ("aspect_ratio", InputKind::OneOf(&["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"])),
            ("cfg", InputKind::Number(1.0, 10.0)),
            ("prompt_strength", InputKind::Number(0.0, 1.0)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("output_format", InputKind::OneOf(&["webp", "jpg", "png"])),
        ],
    },
    // https://replicate.com/kwaivgi/kling-v2.1/api/schema; the version is the fake's own.
    ReplicateModel {
        name: "kwaivgi/kling-v2.1",
        version: "8c4db3d75cfa7dc6b880589611109a89b82b273743688168a0ed66b8f943e8be",
        makes: OutputKind::Film,
        inputs: &[
            ("prompt", InputKind::Text),
            ("start_image", InputKind::Picture(SeenEncoding::DataUri)),
            ("negative_prompt", InputKind::Text),
            ("mode", InputKind::OneOf(&["standard", "pro"])),
            ("duration", InputKind::OneOfWhole(&[5, 10])),
        ],
    },
    // https://replicate.com/philz1337x/clarity-upscaler/api/schema
    ReplicateModel {
        name: "philz1337x/clarity-upscaler",
        version: "dfad41707589d68ecdccd1dfa600d55a208f9310748e44bfe35b4a6291453d5e",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            ("image", InputKind::Picture(SeenEncoding::DataUri)),
            ("negative_prompt", InputKind::Text),
            ("scale_factor", InputKind::Number(1.0, 4.0)),
            ("dynamic", InputKind::Number(1.0, 50.0)),
            ("creativity", InputKind::Number(0.0, 1.0)),
            ("resemblance", InputKind::Number(0.0, 3.0)),
            ("num_inference_steps", InputKind::Whole(1, 100)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("output_format", InputKind::OneOf(&["webp", "jpg", "png"])),
        ],
    },
];

/// The ratios of all models, and the ratio of the input picture.
const KONTEXT_RATIOS: &[&str] =
    &["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21", "match_input_image"];

impl ReplicateModel {
    /// The model with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The model of a `version`, which is an id, `owner/name` or `owner/name:id`.
    pub fn of_version(version: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| match version.split_once(':') {
            Some((name, id)) => model.name == name && model.version == id,
            None => model.version == version || model.name == version,
        })
    }

    /// The pictures in `input`.
    pub fn pictures(&self, input: &Map<String, Value>) -> impl Iterator<Item = SeenPicture> {
        pictures(self.inputs, input)
    }

    /// The faults of `input`.
    pub fn faults(&self, input: &Map<String, Value>) -> Vec<InvalidField> {
        let mut found: Vec<_> = faults(self.inputs, input).iter().map(|(name, fault)| spelt(name, fault)).collect();
        // The real model also makes WebP and JPEG. This fake makes only PNG.
        let format = input.get("output_format").and_then(Value::as_str);
        if self.makes == OutputKind::Pictures && found.is_empty() && format != Some("png") {
            let description = "output_format must be \"png\": the fake codes no other".to_owned();
            found.push(InvalidField { kind: "enum", field: "input.output_format".to_owned(), description });
        }
        found
    }
}

/// A fault as Replicate spells it.
fn spelt(name: &str, fault: &InputFault) -> InvalidField {
    let (kind, description) = match fault {
        InputFault::Missing => ("required", format!("{name} is required")),
        InputFault::Unknown => {
            ("additional_property_not_allowed", format!("Additional property {name} is not allowed"))
        }
        InputFault::WrongType { expected, given } => {
            ("invalid_type", format!("Invalid type. Expected: {expected}, given: {given}"))
        }
        InputFault::TooSmall(least) => ("number_gte", format!("Must be greater than or equal to {least}")),
        InputFault::TooLarge(most) => ("number_lte", format!("Must be less than or equal to {most}")),
        InputFault::NotOneOf(choices) => {
            let choices = choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(", ");
            ("enum", format!("{name} must be one of the following: {choices}"))
        }
        InputFault::NotOneOfWhole(choices) => {
            let choices = choices.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            ("enum", format!("{name} must be one of the following: {choices}"))
        }
        InputFault::NoPicture => {
            ("format", "Does not match format 'uri': the fake takes whole pictures as data URIs".into())
        }
    };
    let field = match fault {
        InputFault::Missing | InputFault::Unknown => "input".to_owned(),
        _ => format!("input.{name}"),
    };
    InvalidField { kind, field, description }
}
