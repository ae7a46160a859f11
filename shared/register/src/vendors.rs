//! The vendors that receive data of people, and what each of them does with it.

use jiff::civil::{Date, date};

/// Whether a vendor may use the inputs of people to train models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Training {
    /// Its terms exclude it, or it trains no models with what we send.
    No,
    /// Its terms allow it.
    Yes,
    /// We have found no statement that excludes it.
    Unknown,
}

impl Training {
    /// The answer for people.
    #[must_use]
    pub fn as_text(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "its terms allow it",
            Self::Unknown => "not known",
        }
    }

    /// Whether it is known that no model is trained.
    #[must_use]
    pub fn is_excluded(self) -> bool {
        self == Self::No
    }
}

/// One vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// Its key: the name of an AI provider in the catalogue and in the parameter `Paused`, of a partner of sign-in in
    /// the path of its sign-in, or a word of its own.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Why we need it.
    pub role: &'static str,
    /// The data that it gets.
    pub receives: &'static str,
    /// Where it processes the data.
    pub place: &'static str,
    /// The legal basis of a transfer out of the EU.
    pub transfer: &'static str,
    /// How long it keeps the data.
    pub retention: &'static str,
    /// How its copy is erased.
    pub erasure: &'static str,
    /// Whether it may train models with the inputs of people.
    pub training: Training,
    /// The statement or the gap that `training` rests on.
    pub training_source: &'static str,
    /// The contract, and who has to conclude it.
    pub contract: &'static str,
    /// The duty of confidentiality.
    pub confidentiality: &'static str,
    /// Its terms.
    pub terms_url: &'static str,
    /// Its privacy policy.
    pub privacy_url: &'static str,
    /// The page that states its retention. Empty where none was found.
    pub retention_url: &'static str,
    /// The day on which we last checked these statements.
    pub checked_on: Date,
    /// The parameters of the template that have its addresses.
    pub parameters: &'static [&'static str],
}

/// The day on which all statements below were checked.
const CHECKED: Date = date(2026, 12, 1);

/// The basis of a transfer to a vendor in the United States.
const TO_THE_US: &str = "EU-US Data Privacy Framework where the vendor is certified, otherwise standard contractual clauses \
     (Art. 46 GDPR). Counsel confirms which";

/// A vendor that only gets what the person gives it on its own pages.
const OWN_TERMS: &str = "Its own terms with the person. It is a controller of its own";

/// All vendors, in the order in which a person meets them.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        key: "aws",
        name: "Amazon Web Services",
        role: "Runs the service: computers, databases, storage and queues",
        receives: "All data that the service stores or transmits, encrypted at rest",
        place: "The region of the deployment, by default Frankfurt, Germany (eu-central-1)",
        transfer: "None: the data stays in the region",
        retention: "As long as the service stores it. The table of retention has the periods",
        erasure: "By the service, and verified after the erasure of an account",
        training: Training::No,
        training_source: "We use storage, computing and queues, and none of its AI services",
        contract: "AWS Customer Agreement with the GDPR data processing addendum, which is part of its service terms",
        confidentiality: "By the data processing addendum",
        terms_url: "https://aws.amazon.com/service-terms/",
        privacy_url: "https://aws.amazon.com/privacy/",
        retention_url: "",
        checked_on: CHECKED,
        parameters: &[],
    },
    Vendor {
        key: "google",
        name: "Google",
        role: "Verifies the person at a sign-in with Google",
        receives: "The browser's visit to its sign-in page and our client id. It gives us name, address and picture",
        place: "Worldwide",
        transfer: TO_THE_US,
        retention: "By its own policy. We send it no data of the account",
        erasure: "The person removes our access in the Google account",
        training: Training::No,
        training_source: "It gets no prompt, no picture and no other input",
        contract: OWN_TERMS,
        confidentiality: "By its own policy",
        terms_url: "https://policies.google.com/terms",
        privacy_url: "https://policies.google.com/privacy",
        retention_url: "https://policies.google.com/technologies/retention",
        checked_on: CHECKED,
        parameters: &["GoogleIssuer", "GoogleAuthorizeUrl", "GoogleTokenUrl", "GoogleJwksUrl"],
    },
    Vendor {
        key: "apple",
        name: "Apple",
        role: "Verifies the person at a sign-in with Apple",
        receives: "The browser's visit to its sign-in page and our client id. It gives us name and address",
        place: "Worldwide",
        transfer: TO_THE_US,
        retention: "By its own policy. We send it no data of the account",
        erasure: "We revoke our token at its API when the identity or the account is erased",
        training: Training::No,
        training_source: "It gets no prompt, no picture and no other input",
        contract: OWN_TERMS,
        confidentiality: "By its own policy",
        terms_url: "https://www.apple.com/legal/internet-services/",
        privacy_url: "https://www.apple.com/legal/privacy/",
        retention_url: "",
        checked_on: CHECKED,
        parameters: &["AppleIssuer", "AppleAuthorizeUrl", "AppleTokenUrl", "AppleRevokeUrl", "AppleJwksUrl"],
    },
    Vendor {
        key: "facebook",
        name: "Facebook (Meta)",
        role: "Verifies the person at a sign-in with Facebook",
        receives: "The browser's visit to its sign-in page and our app id. It gives us name, address and picture",
        place: "Worldwide",
        transfer: TO_THE_US,
        retention: "By its own policy. We send it no data of the account",
        erasure: "The person removes our app in the Facebook account",
        training: Training::No,
        training_source: "It gets no prompt, no picture and no other input",
        contract: OWN_TERMS,
        confidentiality: "By its own policy",
        terms_url: "https://www.facebook.com/legal/terms",
        privacy_url: "https://www.facebook.com/privacy/policy/",
        retention_url: "",
        checked_on: CHECKED,
        parameters: &["FacebookAuthorizeUrl", "FacebookGraphUrl"],
    },
    Vendor {
        key: "bfl",
        name: "Black Forest Labs",
        role: "Makes images with its models",
        receives: "Prompt, pictures and settings of one job. No name, no address and no account",
        place: "European Union: its European address is the default",
        transfer: "The company is in the United States. Counsel confirms the basis",
        retention: "Its links to results end after 10 minutes. It states no period for inputs that we have found",
        erasure: "It has no call to erase a job",
        training: Training::Yes,
        training_source: "Its API terms of 2025-05-29, section 2(b), take a perpetual and irrevocable licence, which does \
             not exclude it. A contract of its own may exclude it",
        contract: "FLUX API service terms and developer terms of service",
        confidentiality: "None found in its public terms",
        terms_url: "https://bfl.ai/legal/flux-api-service-terms",
        privacy_url: "https://bfl.ai/legal/privacy-policy",
        retention_url: "",
        checked_on: CHECKED,
        parameters: &["BflApi"],
    },
    Vendor {
        key: "fal",
        name: "fal",
        role: "Makes images and videos with models of several makers",
        receives: "Prompt, pictures and settings of one job. No name, no address and no account",
        place: "United States",
        transfer: TO_THE_US,
        retention: "Inputs are not stored and results for one hour, as we ask with each job",
        erasure: "We erase the job and its files at its API when the job is over",
        training: Training::Unknown,
        training_source: "Its public terms of 2025-08-12 were not found to exclude it",
        contract: "Terms of service",
        confidentiality: "By its terms of service",
        terms_url: "https://fal.ai/terms",
        privacy_url: "https://fal.ai/privacy",
        retention_url: "https://fal.ai/docs/model-apis/data-retention",
        checked_on: CHECKED,
        parameters: &["FalApi", "FalJwksUrl", "FalPlatformApi"],
    },
    Vendor {
        key: "replicate",
        name: "Replicate",
        role: "Makes images and videos with models of several makers",
        receives: "Prompt, pictures and settings of one job. No name, no address and no account",
        place: "United States",
        transfer: TO_THE_US,
        retention: "Inputs, results, files and logs of a job for one hour",
        erasure: "It has no call to erase a job, and removes everything after one hour by itself",
        training: Training::Unknown,
        training_source: "Its public terms were not found to exclude it, or to bind the makers of the models",
        contract: "Terms of service",
        confidentiality: "By its terms of service",
        terms_url: "https://replicate.com/terms",
        privacy_url: "https://replicate.com/privacy",
        retention_url: "https://replicate.com/docs/topics/predictions/data-retention",
        checked_on: CHECKED,
        parameters: &["ReplicateApi"],
    },
    Vendor {
        key: "stripe",
        name: "Stripe",
        role: "Takes payments on its own page",
        receives: "The chosen pack and our order number. The person gives it payment details and an address there",
        place: "Ireland and the United States",
        transfer: TO_THE_US,
        retention: "Records of payments for the periods that tax and payment law demand",
        erasure: "After these periods, by Stripe. We store no card details",
        training: Training::No,
        training_source: "It gets no prompt, no picture and no other input",
        contract: "Stripe Services Agreement with its data processing agreement",
        confidentiality: "By its data processing agreement",
        terms_url: "https://stripe.com/legal/ssa",
        privacy_url: "https://stripe.com/privacy",
        retention_url: "",
        checked_on: CHECKED,
        parameters: &["StripeApi"],
    },
];

/// The vendor of this key.
#[must_use]
pub fn vendor(key: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_statement_about_a_vendor_is_made() {
        let keys: BTreeSet<_> = VENDORS.iter().map(|vendor| vendor.key).collect();
        assert_eq!(keys.len(), VENDORS.len(), "give every vendor a key of its own");
        for it in VENDORS {
            assert_eq!(vendor(it.key), Some(it));
            let statements = [
                it.name,
                it.role,
                it.receives,
                it.place,
                it.transfer,
                it.retention,
                it.erasure,
                it.training_source,
                it.contract,
                it.confidentiality,
            ];
            for text in statements {
                assert!(!text.trim().is_empty() && !text.ends_with('.'), "{}: {text:?} is a cell of a table", it.key);
            }
            let links =
                [it.terms_url, it.privacy_url].into_iter().chain(Some(it.retention_url).filter(|it| !it.is_empty()));
            for url in links {
                assert!(url.starts_with("https://"), "{}: {url:?} must be a link", it.key);
            }
        }
    }

    #[test]
    fn a_parameter_leads_to_one_vendor() {
        let all: Vec<_> = VENDORS.iter().flat_map(|vendor| vendor.parameters).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
