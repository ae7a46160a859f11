//! The cookies and the storage of a browser that the service uses. Tests compare them with the code.

/// One cookie, or one key of the local storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its name. A name that ends with `…` is followed by a random part.
    pub name: &'static str,
    /// Its purpose.
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
        purpose: "Remembers the choice about advertising of a person who is not signed in",
        lifetime: "180 days, or until the person signs in or out",
        essential: true,
    },
];

/// The local storage of the browser, which is sent to nobody. All of it goes when the person signs out. A name that
/// ends with `…` is followed by the account, or by nothing before the sign-in.
pub const STORAGE: &[Stored] = &[
    Stored {
        name: "consent:…",
        purpose: "Keeps the choice about advertising from before the sign-in",
        lifetime: "Until the account keeps it",
        essential: true,
    },
    Stored {
        name: "draft:…",
        purpose: "Keeps the prompt that is not sent yet",
        lifetime: "Until it is replaced",
        essential: true,
    },
    Stored {
        name: "choice:…",
        purpose: "Keeps the model, the settings, and the names of the picture and the earlier work that are not sent yet",
        lifetime: "Until it is replaced",
        essential: true,
    },
    Stored {
        name: "sent:…",
        purpose: "Recognises a request that was sent and not answered, so that it is paid once",
        lifetime: "24 hours",
        essential: true,
    },
    Stored {
        name: "bought:…",
        purpose: "Tells the purchases that were begun from older ones, when the person comes back from the page of \
                  Stripe",
        lifetime: "Until its credits have arrived, or eight newer purchases have begun",
        essential: true,
    },
    Stored {
        name: "deleted:…",
        purpose: "Lets the person take back a deletion in the library",
        lifetime: "30 seconds, then until the library is opened",
        essential: true,
    },
    Stored {
        name: "dismissed:…",
        purpose: "Remembers which finished works are put away on the page for creating",
        lifetime: "Until others replace them",
        essential: true,
    },
    Stored {
        name: "policy:…",
        purpose: "Remembers which notice of a changed policy was closed, and when it was shown",
        lifetime: "Until the next change of the policy",
        essential: true,
    },
    Stored { name: "theme", purpose: "Remembers light or dark", lifetime: "Until it is changed", essential: true },
];
