//! The terms. They are a template for counsel.

use crate::documents::published::{Document, Section, Sentence, Version};
use jiff::civil::date;

pub(super) const VERSION: Version = Version {
    document: Document::Terms,
    id: "2026-12-01",
    effective_on: date(2026, 12, 1),
    summary: "",
    for_counsel: true,
    sections: &[CONTRACT, CREDITS, WITHDRAWAL, WORKS, ACCEPTABLE_USE, MEASURES, LIABILITY, END, CHANGES, LAW],
};

const CONTRACT: Section = Section {
    anchor: "contract",
    title: "The contract",
    sentences: &[
        Sentence::plain("The contract is between you and {operator_name}, {operator_address}, {operator_country}."),
        Sentence::plain("It begins when you sign in for the first time and have seen these terms."),
        Sentence::plain("You must be at least {minimum_age} years old. You declare it at your first sign-in."),
        Sentence::plain("The account is for you alone. Tell us when somebody else has used it."),
    ],
};

const CREDITS: Section = Section {
    anchor: "credits",
    title: "Credits and prices",
    sentences: &[
        Sentence::plain("You pay for generations with credits. The price of each is shown before you start it."),
        Sentence::plain("The price is held when you start, and charged only for what is delivered."),
        Sentence::plain(
            "Canceling a generation that has begun may cost something. The page shows how much before you cancel.",
        ),
        Sentence::plain(
            "Credits may have a date of expiry, which your account shows. They have no value in cash and cannot be \
             transferred.",
        ),
        Sentence::plain("Welcome credits are given once to a person."),
        Sentence::plain(
            "Prices of packs are shown with taxes before you pay. The payment happens on the page of the vendor.",
        ),
        Sentence::plain(
            "If a service that you paid for is faulty, you have the rights that the law gives you, a refund among them.",
        ),
    ],
};

const WITHDRAWAL: Section = Section {
    anchor: "withdrawal",
    title: "Withdrawal from a purchase",
    sentences: &[
        Sentence::plain(
            "A consumer in the European Union may withdraw from a purchase within 14 days, without giving a reason. Tell us \
             by a clear statement to {support_address}.",
        ),
        Sentence::plain(
            "We refund what you paid within 14 days after your statement, by the same means of payment. Credits that you \
             have used by then are deducted.",
        ),
        Sentence::plain(
            "Credits can be used at once only if you ask for it and confirm that your right of withdrawal ends for what is \
             performed completely. Counsel settles the wording of this waiver.",
        ),
    ],
};

const WORKS: Section = Section {
    anchor: "works",
    title: "Your works",
    sentences: &[
        Sentence::plain("What you enter stays yours. You let us process it as far as the service needs it."),
        Sentence::plain(
            "You may use your works, also commercially, as far as the law and the licence of the model allow it.",
        ),
        Sentence::plain("Others may get similar works from similar prompts."),
        Sentence::plain("Works are made by AI and are labelled as such. Do not remove the label to deceive others."),
    ],
};

const ACCEPTABLE_USE: Section = Section {
    anchor: "acceptable-use",
    title: "What is not allowed",
    sentences: &[
        Sentence::plain("Sexual content with minors, and content that harms or exploits them."),
        Sentence::plain("Sexual or degrading pictures of real people who have not agreed to them."),
        Sentence::plain("Content that deceives others about real people or events, and fraud."),
        Sentence::plain("Threats, hatred against groups, and the glorification of violence."),
        Sentence::plain("Pictures and texts of others without the right to use them."),
        Sentence::plain("Getting around limits or filters, several accounts for more welcome credits, and attacks."),
    ],
};

const MEASURES: Section = Section {
    anchor: "measures",
    title: "Reports, measures and appeals",
    sentences: &[
        Sentence::plain("Anybody can report a work on the page of reports. We answer each report."),
        Sentence::plain("The provider of a model may refuse a prompt by its own policy. Then nothing is charged."),
        Sentence::plain(
            "We may remove a work, hold back credits or freeze an account that breaks these terms, and tell you the reason.",
        ),
        Sentence::plain("A frozen account can still be read, downloaded and deleted."),
        Sentence::plain("You may appeal on the contact page. A person decides about the appeal."),
    ],
};

const LIABILITY: Section = Section {
    anchor: "liability",
    title: "Liability",
    sentences: &[
        Sentence::plain("We try to keep the service available, and do not promise that it always is."),
        Sentence::plain("Nothing in these terms limits rights that the law does not let us limit."),
        Sentence::plain("Counsel adds the limits of liability that the law of {operator_country} allows."),
    ],
};

const END: Section = Section {
    anchor: "end",
    title: "End of the contract",
    sentences: &[
        Sentence::plain(
            "You may delete your account at any time. The page shows what happens to your credits and works before.",
        ),
        Sentence::plain(
            "We may end the contract with 30 days' notice, and refund credits that were paid and not used. For a serious \
             breach we may end it at once.",
        ),
    ],
};

const CHANGES: Section = Section {
    anchor: "changes",
    title: "Changes of these terms",
    sentences: &[
        Sentence::plain("Each version has a date and a hash and stays readable. The home page announces a new one."),
        Sentence::plain("Counsel settles how a change becomes part of contracts that exist."),
    ],
};

const LAW: Section = Section {
    anchor: "law",
    title: "Law and disputes",
    sentences: &[
        Sentence::plain(
            "The law of {operator_country} applies. As a consumer you keep the protection of the law of the country where you \
             live.",
        ),
        Sentence::plain(
            "Counsel states whether the operator takes part in dispute resolution before a consumer board.",
        ),
    ],
};
