//! RFC 8725, "JSON Web Token Best Current Practices" (February 2020): the threats of section 2 and the practices of
//! section 3.
//!
//! The JWTs that our service reads are the ID tokens and messages of Google and Apple, and its own access tokens. It signs
//! the latter, and the client secret at Apple.

use super::section::{Section, does_not_apply, proven};

/// The sections, in their order.
pub(super) const SECTIONS: [Section; 21] = [
    proven(
        "2.1",
        "Weak Signatures and Insufficient Signature Validation",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/session/src/token/tests.rs::no_other_algorithm_or_kind_of_token_is_accepted",
        ],
    ),
    proven(
        "2.2",
        "Weak Symmetric Keys",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/session/src/token/tests.rs::no_other_algorithm_or_kind_of_token_is_accepted",
        ],
    ),
    does_not_apply(
        "2.3",
        "Incorrect Composition of Encryption and Signature",
        "No JWT is encrypted. Our code has no decryption of JWTs, so one with five parts is no token.",
    ),
    does_not_apply("2.4", "Plaintext Leakage through Analysis of Ciphertext Length", "No JWT is encrypted."),
    does_not_apply(
        "2.5",
        "Insecure Use of Elliptic Curve Encryption",
        "No JWT is encrypted, so there is no key agreement (ECDH-ES).",
    ),
    proven(
        "2.6",
        "Multiplicity of JSON Encodings",
        &[
            "shared/identity/src/notices/tests/google.rs::a_large_message_is_refused_before_it_is_read",
            "shared/session/src/token/tests.rs::an_ambiguous_token_is_refused",
        ],
    ),
    proven(
        "2.7",
        "Substitution Attacks",
        &[
            "tests/functions/attacks/tokens.rs::a_token_for_another_client_signs_nobody_in",
            "shared/identity/src/id_token/tests/bad_claims.rs::a_token_of_one_partner_is_none_of_another",
            "shared/identity/src/partners/tests.rs::a_token_of_one_partner_signs_nobody_in_at_another",
            "shared/session/src/token/tests.rs::claims_that_are_not_ours_are_refused",
        ],
    ),
    proven(
        "2.8",
        "Cross-JWT Confusion",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/google.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/apple.rs::every_bad_notification_is_refused",
            "shared/identity/src/notices/tests/facebook.rs::a_login_is_no_message",
        ],
    ),
    proven(
        "2.9",
        "Indirect Attacks on the Server",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/id_token/tests/keys.rs::a_token_that_cannot_be_right_fetches_no_keys",
            "shared/identity/src/profile.rs::a_subject_is_short_visible_ascii",
        ],
    ),
    proven(
        "3.1",
        "Perform Algorithm Verification",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/google.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/apple.rs::every_bad_notification_is_refused",
            "shared/session/src/token/tests.rs::no_other_algorithm_or_kind_of_token_is_accepted",
        ],
    ),
    proven(
        "3.2",
        "Use Appropriate Algorithms",
        &[
            "shared/session/src/token/tests.rs::no_other_algorithm_or_kind_of_token_is_accepted",
            "shared/identity/src/id_token/tests/keys.rs::keys_for_other_purposes_are_left_out",
        ],
    ),
    proven(
        "3.3",
        "Validate All Cryptographic Operations",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/session/src/token/tests.rs::a_changed_or_cut_token_is_refused",
            "shared/session/src/token/tests.rs::no_other_key_is_accepted",
        ],
    ),
    proven(
        "3.4",
        "Validate Cryptographic Inputs",
        &[
            "shared/session/src/token/tests.rs::a_key_off_the_curve_verifies_nothing",
            "shared/session/src/token/tests.rs::keys_that_cannot_work_fail_at_once",
        ],
    ),
    proven(
        "3.5",
        "Ensure Cryptographic Keys Have Sufficient Entropy",
        &[
            "shared/session/src/seal.rs::a_bad_secret_is_named",
            "shared/session/src/token/tests.rs::keys_that_cannot_work_fail_at_once",
            "shared/identity/src/facebook/app_secret.rs::an_empty_secret_is_refused",
        ],
    ),
    does_not_apply(
        "3.6",
        "Avoid Compression of Encryption Inputs",
        "No JWT is encrypted, so there is nothing to compress before.",
    ),
    proven(
        "3.7",
        "Use UTF-8",
        &["shared/identity/src/notices/tests/google.rs::a_large_message_is_refused_before_it_is_read"],
    ),
    proven(
        "3.8",
        "Validate Issuer and Subject",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/token/issuer.rs::an_issuer_has_the_spellings_that_its_partner_uses",
            "shared/identity/src/profile.rs::a_subject_is_short_visible_ascii",
            "tests/functions/attacks/persons.rs::a_subject_counts_at_its_own_partner_alone",
        ],
    ),
    proven(
        "3.9",
        "Use and Validate Audience",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/id_token/tests/mod.rs::among_several_audiences_we_must_be_the_authorised_party",
            "tests/functions/attacks/tokens.rs::a_token_for_another_client_signs_nobody_in",
        ],
    ),
    proven(
        "3.10",
        "Do Not Trust Received Claims",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/id_token/tests/keys.rs::a_token_that_cannot_be_right_fetches_no_keys",
            "tests/functions/attacks/tokens.rs::an_address_in_apples_form_is_not_believed",
        ],
    ),
    proven(
        "3.11",
        "Use Explicit Typing",
        &[
            "shared/identity/src/token/jws.rs::a_type_belongs_to_one_kind_of_token",
            "shared/session/src/token/tests.rs::no_other_algorithm_or_kind_of_token_is_accepted",
        ],
    ),
    proven(
        "3.12",
        "Use Mutually Exclusive Validation Rules for Different Kinds of JWTs",
        &[
            "shared/identity/src/id_token/tests/bad_claims.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/google.rs::every_bad_token_is_refused",
            "shared/identity/src/notices/tests/apple.rs::every_bad_notification_is_refused",
            "shared/identity/src/token/jws.rs::a_type_belongs_to_one_kind_of_token",
        ],
    ),
];
