//! The output files of predictions.

use super::*;

#[test]
fn outputs_follow_their_knob() {
    for (output, expected, whole) in [
        (OutputMode::Good, 200, true),
        (OutputMode::Missing, 404, true),
        (OutputMode::Truncated, 200, true),
        (OutputMode::CutOff, 200, false),
        (OutputMode::WrongType, 200, true),
    ] {
        let replicate = fake(|knobs| knobs.output = output);
        let id = created(&replicate, at(0));
        let answer = get(&replicate, at(1), &format!("/files/{id}/out-0.png"));
        assert_eq!(answer.status().as_u16(), expected, "{output:?}");
        let announced = answer.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned());
        let is_whole = announced.is_none_or(|length| length == answer.body().len().to_string());
        assert_eq!(is_whole, whole, "{output:?}");
    }
}

#[test]
fn a_film_is_one_file_without_a_content_length() {
    let input = json!({
        "prompt": "a red fox", "aspect_ratio": "9:16", "resolution": "720p", "num_frames": 81, "sample_shift": 7.5,
    });
    let cases = [
        (OutputMode::Good, 1_000_000, true),
        (OutputMode::Large, 25_000_000, true),
        (OutputMode::CutOff, 12_000_000, false),
    ];
    for (output, least, whole) in cases {
        let replicate = fake(|knobs| knobs.output = output);
        let body = json!({ "input": input });
        let model = "/v1/models/wan-video/wan-2.2-t2v-fast/predictions";
        let id = shown(&replicate.handle(at(0), request(Method::POST, model, &[], &body)))["id"].clone();
        let id = id.as_str().unwrap();
        let done = shown(&get(&replicate, at(1), &format!("/v1/predictions/{id}")));
        assert_eq!(done["output"], format!("http://127.0.0.1:7001/files/{id}/out-0.mp4"), "one file is no list");
        let answer = get(&replicate, at(1), &format!("/files/{id}/out-0.mp4"));
        assert_eq!(answer.headers()["content-type"], "video/mp4");
        let padding: u64 = Padding::of(&answer).pieces().map(|piece| piece.len() as u64).sum();
        let length = answer.body().len() as u64 + padding;
        assert!(length >= least, "{output:?}: {length} bytes");
        assert_eq!(answer.extensions().get::<InPieces>().is_some(), whole, "{output:?}");
        assert_eq!(answer.headers().contains_key("content-length"), !whole, "{output:?}");
    }
}

#[test]
fn a_film_has_the_length_and_the_header_of_its_knobs() {
    for (output, announced) in [(OutputMode::Good, 0), (OutputMode::Large, 200 << 20)] {
        let film = fake(|knobs| (knobs.output, knobs.padding_mib, knobs.is_length_told) = (output, 200, true));
        let body = json!({ "input": { "prompt": "a red fox" } });
        let model = "/v1/models/wan-video/wan-2.2-t2v-fast/predictions";
        let id = shown(&film.handle(at(0), request(Method::POST, model, &[], &body)))["id"].clone();
        let answer = get(&film, at(1), &format!("/files/{}/out-0.mp4", id.as_str().unwrap()));
        let length: u64 = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        assert_eq!(Padding::of(&answer).0, announced, "the padding is not in memory");
        assert_eq!(length, answer.body().len() as u64 + announced);
        assert!(answer.extensions().get::<InPieces>().is_none());
    }
}
