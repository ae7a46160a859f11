//! The models that the fake knows, and what each takes as input.

use crate::fakes::{
    files::Makes,
    inputs::{Fault, Kind, faults},
    maker::Model,
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

const MODELS: &[Model] = &[
    // https://fal.ai/models/fal-ai/flux/schnell/api
    Model {
        name: "fal-ai/flux/schnell",
        makes: Makes::Pictures,
        inputs: &[
            ("prompt", Kind::Text),
            (
                "image_size",
                Kind::OneOf(&[
                    "square_hd",
                    "square",
                    "portrait_4_3",
                    "portrait_16_9",
                    "landscape_4_3",
                    "landscape_16_9",
                ]),
            ),
            ("num_inference_steps", Kind::Whole(1, 12)),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
            ("guidance_scale", Kind::Number(1.0, 20.0)),
            ("sync_mode", Kind::Flag),
            ("num_images", Kind::Whole(1, 4)),
            ("enable_safety_checker", Kind::Flag),
            ("output_format", Kind::OneOf(&["jpeg", "png"])),
            ("acceleration", Kind::OneOf(&["none", "regular", "high"])),
        ],
    },
    // https://fal.ai/models/fal-ai/wan/v2.2-5b/text-to-video/api
    Model {
        name: "fal-ai/wan/v2.2-5b/text-to-video",
        makes: Makes::Film,
        inputs: &[
            ("prompt", Kind::Text),
            ("num_frames", Kind::Whole(17, 161)),
            ("aspect_ratio", Kind::OneOf(&["16:9", "9:16", "1:1"])),
            ("resolution", Kind::OneOf(&["580p", "720p"])),
            ("seed", Kind::Whole(i64::MIN, i64::MAX)),
            ("enable_safety_checker", Kind::Flag),
        ],
    },
];

pub(super) fn named(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// What is wrong with an input. The real model codes JPEG as well; this fake only PNG,
/// and says so.
pub(super) fn wrong(model: &Model, input: &Map<String, Value>) -> Vec<(String, Fault)> {
    let mut found = faults(model.inputs, input);
    let format = input.get("output_format").and_then(Value::as_str);
    if found.is_empty() && model.makes == Makes::Pictures && format != Some("png") {
        found.push(("output_format".to_owned(), Fault::NotOneOf(&["png"])));
    }
    found
}

/// Width to height, as `16:9`.
pub(super) fn ratio(input: &Map<String, Value>) -> Option<String> {
    let text = |name| input.get(name).and_then(Value::as_str);
    let size = text("image_size").and_then(|size| SIZES.iter().find(|(name, _)| *name == size));
    text("aspect_ratio").or(size.map(|(_, ratio)| *ratio)).map(str::to_owned)
}
