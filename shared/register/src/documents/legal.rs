//! The legal notice, which is the imprint. It is a template for counsel.

use crate::documents::published::{Document, Section, Sentence, Version};
use jiff::civil::date;

pub(super) const VERSION: Version = Version {
    document: Document::Legal,
    id: "2026-12-01",
    effective_on: date(2026, 12, 1),
    summary: "",
    for_counsel: true,
    sections: &[
        Section {
            anchor: "operator",
            title: "Operator",
            sentences: &[
                Sentence::plain("Name: {operator_name}"),
                Sentence::plain("Address: {operator_address}"),
                Sentence::plain("Country: {operator_country}"),
                Sentence::plain("Mail: {support_address}"),
                Sentence::plain("VAT identification number: {vat_id}"),
                Sentence::plain("Entry in the register of companies: {register_entry}"),
            ],
        },
        Section {
            anchor: "points-of-contact",
            title: "Points of contact",
            sentences: &[
                Sentence::plain(
                    "The point of contact for users and for authorities (Articles 11 and 12 of the Digital Services Act) is \
                     {support_address}. We read English.",
                ),
                Sentence::plain("Reports of illegal content are made on the page of reports (Article 16)."),
            ],
        },
        Section {
            anchor: "ai",
            title: "Works made by AI",
            sentences: &[Sentence::plain(
                "All works of this service are made by AI. The page and the name of each file say so.",
            )],
        },
        Section {
            anchor: "counsel",
            title: "To be settled by counsel",
            sentences: &[Sentence::plain(
                "Which further details the law of {operator_country} demands, such as a representative, a supervisory \
                     authority or a person responsible for content.",
            )],
        },
    ],
};
