//! What the service stores in a browser. Tests compare the cookies with those that the code sets.

/// One cookie, or one key of the local storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its name. A name that ends with `…` is followed by a random part.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// How long it stays.
    pub lifetime: &'static str,
    /// Whether the service cannot work without it. Only those are stored without consent.
    pub essential: bool,
}

/// The cookies, all of our own site.
pub const COOKIES: &[Stored] = &[
    Stored {
        name: "__Host-session",
        purpose: "Proves that the person is signed in",
        lifetime: "10 minutes",
        essential: true,
    },
    Stored {
        name: "__Host-refresh",
        purpose: "Keeps the person signed in",
        lifetime: "30 days without use, at most 180 days",
        essential: true,
    },
    Stored {
        name: "__Host-sign-in-…",
        purpose: "Protects one attempt to sign in",
        lifetime: "10 minutes",
        essential: true,
    },
    Stored {
        name: "consent",
        purpose: "Remembers a choice about advertising of a person who is not signed in",
        lifetime: "180 days",
        essential: true,
    },
];

/// The local storage of the browser, which is sent to nobody.
pub const STORAGE: &[Stored] = &[
    Stored {
        name: "deleted…",
        purpose: "Names the works that were just deleted on another page, to bring them back",
        lifetime: "Until the library is opened, or the person signs out",
        essential: true,
    },
    Stored {
        name: "draft…",
        purpose: "Keeps the prompt that is not sent yet",
        lifetime: "Until it is sent, or the person signs out",
        essential: true,
    },
    Stored {
        name: "theme",
        purpose: "Remembers light or dark",
        lifetime: "Until the person chooses again or signs out",
        essential: true,
    },
    Stored {
        name: "policy…",
        purpose: "Remembers that the notice of a changed policy was shown and read",
        lifetime: "Until the next change, or the person signs out",
        essential: true,
    },
];
