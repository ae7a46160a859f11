//! The models of the fake, and their inputs.

use crate::fakes::{
    inputs::{InputFault, InputKind, faults},
    media::files::OutputKind,
    provider::job::FakeModel,
};
use serde_json::{Map, Value};

/// Sizes by name, and the ratio of width to height of each.
const SIZES: &[(&str, &str)] = &[
    ("square_hd", "1:1"),
    ("square", "1:1"),
    ("portrait_4_3", "3:4"),
    ("portrait_16_9", "9:16"),
    ("landscape_4_3", "4:3"),
    ("landscape_16_9", "16:9"),
];

const MODELS: &[FakeModel] = &[
    // https://fal.ai/models/fal-ai/flux/schnell/api
    FakeModel {
        name: "fal-ai/flux/schnell",
        makes: OutputKind::Pictures,
        inputs: &[
            ("prompt", InputKind::Text),
            (
                "image_size",
                InputKind::OneOf(&[
                    "square_hd",
                    "square",
                    "portrait_4_3",
                    "portrait_16_9",
                    "landscape_4_3",
                    "landscape_16_9",
                ]),
            ),
            ("num_inference_steps", InputKind::Whole(1, 12)),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("guidance_scale", InputKind::Number(1.0, 20.0)),
            ("sync_mode", InputKind::Flag),
            ("num_images", InputKind::Whole(1, 4)),
            ("enable_safety_checker", InputKind::Flag),
            ("output_format", InputKind::OneOf(&["jpeg", "png"])),
            ("acceleration", InputKind::OneOf(&["none", "regular", "high"])),
        ],
    },
    // https://fal.ai/models/fal-ai/wan/v2.2-5b/text-to-video/api
    FakeModel {
        name: "fal-ai/wan/v2.2-5b/text-to-video",
        makes: OutputKind::Film,
        inputs: &[
            ("prompt", InputKind::Text),
            ("num_frames", InputKind::Whole(17, 161)),
            ("aspect_ratio", InputKind::OneOf(&["16:9", "9:16", "1:1"])),
            ("resolution", InputKind::OneOf(&["580p", "720p"])),
            ("seed", InputKind::Whole(i64::MIN, i64::MAX)),
            ("enable_safety_checker", InputKind::Flag),
        ],
    },
];

pub(super) fn named(name: &str) -> Option<&'static FakeModel> {
    MODELS.iter().find(|model| model.name == name)
}

/// The faults of an input. The real model also makes JPEG; this fake makes only PNG, and
/// refuses JPEG.
pub(super) fn wrong(model: &FakeModel, input: &Map<String, Value>) -> Vec<(String, InputFault)> {
    let mut found = faults(model.inputs, input);
    let format = input.get("output_format").and_then(Value::as_str);
    if found.is_empty() && model.makes == OutputKind::Pictures && format != Some("png") {
        found.push(("output_format".to_owned(), InputFault::NotOneOf(&["png"])));
    }
    found
}

/// Width to height, as `16:9`.
pub(super) fn ratio(input: &Map<String, Value>) -> Option<String> {
    let text = |name| input.get(name).and_then(Value::as_str);
    let size = text("image_size").and_then(|size| SIZES.iter().find(|(name, _)| *name == size));
    text("aspect_ratio").or(size.map(|(_, ratio)| *ratio)).map(str::to_owned)
}
