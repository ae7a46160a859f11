//! The words of mails that people have asked for.

use crate::{
    letters::{
        letter::{Block, Letter},
        sender::Sender,
    },
    row::facts::Feature,
};
use kernel::GenerationId;

/// Why a person gets these mails.
const WHY: &str = "You get this mail because you asked for it in the preferences of your account.";

/// A generation is done.
pub(super) fn generation_done(generation: GenerationId, model: &str, outputs: u32, sender: &Sender) -> Letter {
    let result = if outputs == 1 { "result".to_owned() } else { format!("{outputs} results") };
    let blocks = vec![
        Block::text(format!("Your {result} from {model} can be seen and downloaded now.")),
        Block::Action { label: "See it", url: sender.url(&format!("/g/{generation}")) },
    ];
    Letter::new("Your generation is done", format!("Made with {model}."), WHY, blocks)
}

/// Few credits are left.
pub(super) fn credits_low(available: u64, sender: &Sender) -> Letter {
    let credits = if available == 1 { "1 credit is".to_owned() } else { format!("{available} credits are") };
    let blocks = vec![
        Block::text(format!("{credits} left on your account.")),
        Block::text("Your works stay, also without credits."),
        Block::Action { label: "See plans and packs", url: sender.url("/plans") },
    ];
    Letter::new("Few credits are left", format!("{credits} left."), WHY, blocks)
}

/// New features of the service.
pub(super) fn new_features(title: &str, features: &[Feature], sender: &Sender) -> Letter {
    let parts = features.iter().flat_map(|Feature { title, text }| [Block::Title(title.clone()), Block::text(text)]);
    let open = Block::Action { label: "Try it", url: sender.url("/create") };
    let preheader = features.first().map(|feature| feature.title.clone()).unwrap_or_default();
    Letter::new(title, preheader, WHY, parts.chain([open]).collect())
}
