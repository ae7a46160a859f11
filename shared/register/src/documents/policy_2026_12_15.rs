//! The second version of the privacy policy. It names the vendors, the periods, the cookies and the consent.

use crate::documents::published::{Document, Section, Sentence, Version};
use jiff::civil::date;

pub(super) const VERSION: Version = Version {
    document: Document::Policy,
    id: "2026-12-15",
    effective_on: date(2026, 12, 15),
    summary: "It names each vendor, each period of retention and each cookie, says that advertising waits for your \
              consent, and that Global Privacy Control is honoured.",
    for_counsel: true,
    sections: &[
        ACCOUNT,
        CREATION,
        BROWSER,
        USE,
        VENDORS,
        PAYMENT,
        DELETION,
        SECURITY,
        SHARING,
        ADVERTISING,
        RIGHTS,
        UPDATES,
        CONTACT,
    ],
};

const ACCOUNT: Section = Section {
    anchor: "account",
    title: "Your account",
    sentences: &[
        Sentence::of(
            "P01",
            "When you sign in with Google, Apple or Facebook, we get your name, your mail address and your picture, and \
             make a private workspace for you.",
        ),
        Sentence::period(
            "P01",
            "account",
            "We keep your profile, your ways to sign in and your preferences as long as the account exists.",
        ),
        Sentence::of("P03", "You can look around without an account. Only creating needs one."),
        Sentence::of("P13", "Your partner of sign-in verifies you. We never ask for a password and store none."),
        Sentence::of("P02", "You can write to support. We use what you write to answer you."),
        Sentence::period("P02", "cases", "We keep a message and its answer for 90 days after the case is closed."),
    ],
};

const CREATION: Section = Section {
    anchor: "creation",
    title: "What you create",
    sentences: &[
        Sentence::of("P04", "We process your prompts, pictures and settings to make what you ask for."),
        Sentence::period(
            "P05",
            "works",
            "We keep your works as long as the account exists, so that you can see and download them. You can delete each \
             of them before.",
        ),
        Sentence::period("P04", "uploads", "A picture that you upload can be used for 1 day and is then deleted."),
        Sentence::of("P06", "We count your generations and the credits that they use, and show both to you."),
    ],
};

const BROWSER: Section = Section {
    anchor: "browser",
    title: "Your browser",
    sentences: &[
        Sentence::of(
            "P08",
            "Cookies keep you signed in, protect each attempt to sign in, and remember your choice about advertising. All \
             of them are our own. The page of cookies lists each with its time.",
        ),
        Sentence::of(
            "P08",
            "If you block cookies or the storage of your browser, you are signed out often, and prompts that are not \
             sent are lost.",
        ),
        Sentence::of(
            "P07",
            "We count which kinds of browser, device and operating system visit us, to improve the interface. The counts \
             are linked to nobody.",
        ),
    ],
};

const USE: Section = Section {
    anchor: "use",
    title: "What else we use data for",
    sentences: &[
        Sentence::period(
            "P10",
            "sign_ins",
            "We record the IP address, the time and the device of each sign-in for 90 days, against abuse of accounts and \
             fraudulent payments (Art. 6(1)(f) GDPR).",
        ),
        Sentence::of("P10", "You see this list in your account, and you may object to it."),
        Sentence::of(
            "P09",
            "We may analyse patterns of prompts to improve the service, but only in a form that does not show whose they \
             are.",
        ),
        Sentence::of("P11", "We may write to you about your subscription and about new features."),
    ],
};

const VENDORS: Section = Section {
    anchor: "vendors",
    title: "Vendors",
    sentences: &[
        Sentence::of(
            "P12",
            "AI models run at Black Forest Labs, fal and Replicate. One of them gets the prompt, the pictures and the \
             settings of a job, over an encrypted connection and for that job only. It gets no name and no address.",
        ),
        Sentence::of(
            "P12",
            "The page of vendors says how long each vendor keeps what it gets, whether it may train models with it, and \
             how its copy is erased.",
        ),
        Sentence::of(
            "P12",
            "We do not offer the models of a vendor that may train models with your inputs, or of whom we do not know it, \
             unless the page of vendors says that we do.",
        ),
        Sentence::of(
            "P17",
            "Amazon Web Services runs our computers and stores the data, in the European Union by default.",
        ),
        Sentence::of("P13", "Google, Apple and Facebook (Meta) verify you when you sign in with them."),
    ],
};

const PAYMENT: Section = Section {
    anchor: "payment",
    title: "Payment",
    sentences: &[Sentence::of(
        "P14",
        "Stripe or PayPal takes each payment on its own page. We store no card details, and show the payments as long \
             as the account exists.",
    )],
};

const DELETION: Section = Section {
    anchor: "deletion",
    title: "Deletion",
    sentences: &[
        Sentence::period(
            "P15",
            "deletion",
            "You can delete your account at any time: in your account, or by a mail to {support_address} with the subject \
             \"Delete Account\". Everything is gone within 30 days.",
        ),
        Sentence::period(
            "P15",
            "grace",
            "For the first 7 days you can take the deletion back. Then we erase everything.",
        ),
        Sentence::period("P15", "backups", "Backups of the tables last 7 days more."),
        Sentence::period(
            "P15",
            "welcome",
            "For 90 days after the erasure we keep a keyed hash of your way to sign in, only so that nobody gets the \
             welcome credits twice. You get a signed receipt that says what was erased.",
        ),
    ],
};

const SECURITY: Section = Section {
    anchor: "security",
    title: "Security",
    sentences: &[
        Sentence::of("P16", "All data is encrypted in transit and at rest."),
        Sentence::period("P16", "logs", "Technical logs have no names and no prompts, and are deleted after 7 days."),
    ],
};

const SHARING: Section = Section {
    anchor: "sharing",
    title: "Sharing",
    sentences: &[Sentence::of(
        "P17",
        "We do not sell or rent your data. We share it only with the vendors that need it.",
    )],
};

const ADVERTISING: Section = Section {
    anchor: "advertising",
    title: "Advertising",
    sentences: &[
        Sentence::of(
            "P18",
            "Advertisements and tags that count conversions are off until you allow them. You can withdraw your consent \
             at any time, as easily as you gave it.",
        ),
        Sentence::of(
            "P18",
            "If your browser sends Global Privacy Control, they stay off, and we do not ask. We show that we have seen \
             the signal.",
        ),
        Sentence::of(
            "P18",
            "A network that you allow learns that you came from its advertisement, and sets a cookie of its own. It gets no \
             prompt, no work and no mail address.",
        ),
        Sentence::of("P18", "People under 18 get none of them."),
    ],
};

const RIGHTS: Section = Section {
    anchor: "rights",
    title: "Your rights",
    sentences: &[
        Sentence::of(
            "P20",
            "You may ask for access, correction, deletion, restriction and a copy of your data, object to its use, and \
             complain to a supervisory authority. Write to {support_address}.",
        ),
        Sentence::of("P20", "Responsible for the data: {operator_name}, {operator_address}, {operator_country}."),
    ],
};

const UPDATES: Section = Section {
    anchor: "updates",
    title: "Changes of this policy",
    sentences: &[
        Sentence::of(
            "P19",
            "We may revise this policy. Each version has a date and a hash and stays readable, and the home page announces \
             a new one.",
        ),
        Sentence::of(
            "P19",
            "Going on to use the service after the change implies that you accept the new version. We record that it was \
             shown to you. That is no consent to advertising.",
        ),
    ],
};

const CONTACT: Section = Section {
    anchor: "contact",
    title: "Contact",
    sentences: &[Sentence::of("P20", "Questions about this policy or your data: {support_address}.")],
};
