//! The promises of the privacy policy. `tests/promises.toml` names the tests that prove each of them.

/// One promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Its id, `P01` to `P20`.
    pub id: &'static str,
    /// The promise in one sentence, as in `tests/promises.toml`.
    pub title: &'static str,
}

/// All promises, in the order of their ids.
pub const PROMISES: &[Promise] = &[
    Promise {
        id: "P01",
        title: "Signing in with Google, Apple or Facebook brings name, e-mail and picture, and creates a private workspace.",
    },
    Promise { id: "P02", title: "People can write to support." },
    Promise { id: "P03", title: "Anyone may browse; only creating needs an account." },
    Promise { id: "P04", title: "Prompts, images and settings are processed to make media." },
    Promise {
        id: "P05",
        title: "Results are kept while the account is active, shown in a gallery, and can be downloaded.",
    },
    Promise { id: "P06", title: "Generations and the credits they use are tracked." },
    Promise {
        id: "P07",
        title: "Browser, device and operating system are counted to improve the interface, linked to nobody.",
    },
    Promise {
        id: "P08",
        title: "Cookies keep the session and preferences; without them people are signed out and lose unsaved prompts.",
    },
    Promise { id: "P09", title: "Patterns of prompts are analysed without knowing whose they are." },
    Promise { id: "P10", title: "IP addresses and times of sign-ins are recorded against abuse and fraud." },
    Promise { id: "P11", title: "Mail tells about the subscription and new features." },
    Promise {
        id: "P12",
        title: "Third-party APIs make the media; inputs go to them securely and for that generation only.",
    },
    Promise { id: "P13", title: "Partners' OAuth verifies who somebody is; no password is ever stored." },
    Promise { id: "P14", title: "Stripe or PayPal handle payment; no card details are stored." },
    Promise { id: "P15", title: "Whoever asks for deletion is gone within 30 days, with all data." },
    Promise { id: "P16", title: "Data is encrypted in transit and at rest." },
    Promise { id: "P17", title: "Data is not sold, and shared only with vendors that need it." },
    Promise { id: "P18", title: "Advertising and conversion tags may be shown." },
    Promise {
        id: "P19",
        title: "The policy is revised; updates are posted on the home page, and going on implies acceptance.",
    },
    Promise { id: "P20", title: "There is an address to write to." },
];

/// The promise of this id.
#[must_use]
pub fn promise(id: &str) -> Option<&'static Promise> {
    PROMISES.iter().find(|promise| promise.id == id)
}
