//! The statement on accessibility. It is a template for counsel.

use crate::documents::published::{Document, Section, Sentence, Version};
use jiff::civil::date;

pub(super) const VERSION: Version = Version {
    document: Document::Accessibility,
    id: "2026-12-01",
    effective_on: date(2026, 12, 1),
    summary: "",
    for_counsel: true,
    sections: &[
        Section {
            anchor: "aim",
            title: "What we aim at",
            sentences: &[
                Sentence::plain("The site shall meet the Web Content Accessibility Guidelines 2.2 at level AA."),
                Sentence::plain(
                    "We test it with a keyboard alone, with automatic checks in both themes, and with enlarged text. It has not \
                     been tested by people who use a screen reader every day, nor audited by others.",
                ),
            ],
        },
        Section {
            anchor: "works",
            title: "What works",
            sentences: &[
                Sentence::plain("Every function can be used with a keyboard, and the focus is visible."),
                Sentence::plain("Messages and finished works are announced to screen readers."),
                Sentence::plain("Light and dark themes, reduced motion, and a width of 320 pixels."),
                Sentence::plain("Without JavaScript every public page works, and so do contact, reports and sign-in."),
            ],
        },
        Section {
            anchor: "limits",
            title: "What is known not to work",
            sentences: &[
                Sentence::plain(
                    "A work has its prompt as description, which may not describe what the picture shows. Nobody checks it.",
                ),
                Sentence::plain("Videos made by models have no captions and no audio description."),
                Sentence::plain("Creating needs JavaScript."),
                Sentence::plain(
                    "The pages of our partners, for sign-in and payment, are not ours, and we cannot repair them.",
                ),
                Sentence::plain("The site is in English only."),
            ],
        },
        Section {
            anchor: "feedback",
            title: "Tell us",
            sentences: &[
                Sentence::plain(
                    "Write to {support_address} or on the contact page if something does not work for you. We answer and say \
                     when it will be repaired.",
                ),
                Sentence::plain("Counsel names the authority of {operator_country} to which you may complain."),
            ],
        },
    ],
};
