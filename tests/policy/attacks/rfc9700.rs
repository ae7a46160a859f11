//! RFC 9700, "Best Current Practice for OAuth 2.0 Security" (January 2025): the practices of section 2 and the attacks
//! of section 4. Section 3 says which attackers there are.
//!
//! Our service is a client of Google, Apple and Facebook. It issues tokens to its own pages alone, which are no clients of
//! OAuth: those of the session.

use super::section::{Section, does_not_apply, proven, proven_but};

/// Facebook's dialog has no nonce, and Meta documents PKCE for another flow.
const PKCE_AT_FACEBOOK: &str = "Whether Facebook refuses a code with a wrong PKCE verifier.";

/// The sections, in their order.
pub(super) const SECTIONS: [Section; 26] = [
    proven(
        "2.1",
        "Protecting Redirect-Based Flows",
        &[
            "tests/functions/attacks/attempts.rs::the_callback_of_an_attacker_signs_no_victim_in",
            "tests/functions/attacks/attempts.rs::an_attempt_is_used_once",
            "tests/functions/attacks/attempts.rs::an_attempt_at_one_partner_does_not_end_at_another",
            "tests/functions/attacks/attempts.rs::nobody_is_sent_to_another_site_by_any_partner",
        ],
    ),
    proven_but(
        "2.1.1",
        "Authorization Code Grant",
        &[
            "tests/functions/attacks/pkce.rs::an_exchange_without_its_verifier_signs_nobody_in",
            "tests/functions/attacks/pkce.rs::a_challenge_that_is_no_hash_leads_to_no_page",
            "tests/functions/attacks/tokens.rs::a_token_of_another_attempt_signs_nobody_in",
            "shared/identity/src/pkce.rs::the_challenge_is_that_of_rfc_7636_appendix_b",
        ],
        PKCE_AT_FACEBOOK,
    ),
    proven(
        "2.1.2",
        "Implicit Grant",
        &[
            "shared/identity/src/authorization.rs::the_url_of_google_requests_a_code_for_one_attempt",
            "shared/identity/src/authorization.rs::the_url_of_apple_asks_for_an_answer_by_form",
            "shared/identity/src/authorization.rs::the_url_of_facebook_has_no_nonce",
        ],
    ),
    proven(
        "2.2.1",
        "Token Replay Prevention: Access Tokens",
        &["shared/identity/src/facebook/tests/answers.rs::every_read_has_the_proof_of_its_access_token"],
    ),
    proven(
        "2.2.2",
        "Token Replay Prevention: Refresh Tokens",
        &[
            "tests/functions/attacks/sessions.rs::a_refresh_token_that_was_used_ends_the_session_of_each_partner",
            "tests/functions/sessions.rs::a_used_refresh_token_ends_the_session_for_everybody",
        ],
    ),
    proven(
        "2.3",
        "Access Token Privilege Restriction",
        &[
            "shared/identity/src/authorization.rs::the_url_of_google_requests_a_code_for_one_attempt",
            "shared/identity/src/authorization.rs::the_url_of_apple_asks_for_an_answer_by_form",
            "shared/identity/src/authorization.rs::the_url_of_facebook_has_no_nonce",
            "shared/session/src/token/tests.rs::claims_that_are_not_ours_are_refused",
        ],
    ),
    proven(
        "2.4",
        "Resource Owner Password Credentials Grant",
        &["tests/policy/secrets.rs::nothing_asks_for_or_keeps_a_password"],
    ),
    proven(
        "2.5",
        "Client Authentication",
        &[
            "shared/identity/src/apple/tests/client_secret.rs::a_client_secret_is_made_for_its_request",
            "shared/identity/src/facebook/tests/answers.rs::the_exchange_is_a_form_with_our_secret_and_the_verifier",
        ],
    ),
    proven(
        "2.6",
        "Other Recommendations",
        &[
            "tests/functions/attacks/attempts.rs::no_cookie_but_apples_attempt_goes_across_sites",
            "tests/functions/headers.rs::every_answer_carries_the_security_headers_and_says_who_may_store_it",
        ],
    ),
    proven(
        "4.1",
        "Insufficient Redirection URI Validation",
        &[
            "shared/identity/src/urls.rs::each_partner_sends_the_browser_to_its_own_path",
            "shared/identity/src/apple/tests/exchange.rs::a_code_is_exchanged_for_the_profile_and_the_refresh_token",
        ],
    ),
    proven(
        "4.2",
        "Credential Leakage via Referer Headers",
        &[
            "tests/functions/headers.rs::every_answer_carries_the_security_headers_and_says_who_may_store_it",
            "tests/functions/attacks/attempts.rs::a_code_that_was_exchanged_signs_nobody_in",
        ],
    ),
    proven(
        "4.3",
        "Credential Leakage via Browser History",
        &[
            "tests/functions/attacks/attempts.rs::a_code_that_was_exchanged_signs_nobody_in",
            "tests/functions/attacks/attempts.rs::an_attempt_ends_after_ten_minutes",
            "tests/functions/attacks/bodies.rs::apples_callback_is_not_answered_by_get",
        ],
    ),
    proven(
        "4.4",
        "Mix-Up Attacks",
        &[
            "tests/functions/attacks/attempts.rs::an_attempt_at_one_partner_does_not_end_at_another",
            "tests/functions/attacks/attempts.rs::a_code_of_one_partner_is_worth_nothing_at_another",
            "tests/functions/attacks/bodies.rs::the_callbacks_of_the_others_are_not_answered_by_post",
            "shared/identity/src/partners/tests.rs::a_code_goes_to_its_own_partner_alone",
        ],
    ),
    proven_but(
        "4.5",
        "Authorization Code Injection",
        &[
            "tests/functions/attacks/attempts.rs::a_stolen_code_does_not_fit_into_another_attempt",
            "tests/functions/attacks/tokens.rs::a_nonce_that_was_changed_on_the_way_signs_nobody_in",
            "tests/functions/attacks/links.rs::an_attempt_to_link_signs_nobody_in",
        ],
        PKCE_AT_FACEBOOK,
    ),
    proven(
        "4.6",
        "Access Token Injection",
        &[
            "tests/functions/attacks/tokens.rs::a_token_for_another_client_signs_nobody_in",
            "tests/functions/attacks/tokens.rs::a_wrong_token_of_apple_or_facebook_signs_nobody_in",
            "shared/identity/src/facebook/tests/answers.rs::a_token_that_is_not_of_a_user_of_our_app_signs_nobody_in",
        ],
    ),
    proven(
        "4.7",
        "Cross-Site Request Forgery",
        &[
            "tests/functions/attacks/attempts.rs::a_callback_without_a_state_signs_nobody_in",
            "tests/functions/attacks/attempts.rs::the_callback_of_an_attacker_signs_no_victim_in",
            "tests/functions/attacks/attempts.rs::a_forged_attempt_signs_nobody_in",
            "tests/functions/attacks/cross_site.rs::a_page_of_another_site_begins_no_sign_in",
            "tests/functions/attacks/cross_site.rs::a_page_of_another_site_begins_no_link",
            "tests/functions/attacks/cross_site.rs::no_page_of_another_site_changes_anything_of_a_person_who_is_signed_in",
            "tests/functions/attacks/cross_site.rs::apples_form_acts_for_nobody_who_is_signed_in",
            "tests/functions/attacks/links.rs::the_link_of_an_attacker_does_not_end_in_another_browser",
            "tests/functions/attacks/links.rs::facebook_asks_for_the_password_before_it_answers_a_link",
        ],
    ),
    proven_but(
        "4.8",
        "PKCE Downgrade Attack",
        &[
            "tests/functions/attacks/pkce.rs::a_code_without_a_challenge_signs_nobody_in",
            "tests/functions/attacks/pkce.rs::a_challenge_that_is_no_hash_leads_to_no_page",
        ],
        PKCE_AT_FACEBOOK,
    ),
    proven(
        "4.9",
        "Access Token Leakage at the Resource Server",
        &[
            "tests/functions/attacks/tokens.rs::apples_refresh_token_is_stored_sealed_for_its_identity",
            "shared/identity/src/facebook/tests/answers.rs::every_read_has_the_proof_of_its_access_token",
        ],
    ),
    proven(
        "4.10",
        "Misuse of Stolen Access Tokens",
        &[
            "tests/functions/attacks/sessions.rs::a_session_that_began_long_ago_links_and_unlinks_nothing",
            "tests/functions/attacks/sessions.rs::an_ended_session_links_and_unlinks_nothing",
            "tests/functions/sessions/ended.rs::an_ended_session_changes_nothing_from_then_on",
            "shared/session/src/token/tests.rs::a_token_lives_ten_minutes",
        ],
    ),
    proven(
        "4.11",
        "Open Redirection",
        &[
            "tests/functions/attacks/attempts.rs::nobody_is_sent_to_another_site_by_any_partner",
            "shared/session/src/return_to.rs::only_a_path_of_this_site_is_accepted",
        ],
    ),
    proven(
        "4.12",
        "307 Redirect",
        &[
            "tests/functions/attacks/attempts.rs::no_cookie_but_apples_attempt_goes_across_sites",
            "tests/functions/attacks/links.rs::a_link_keeps_the_session_and_leads_back_to_the_account",
        ],
    ),
    proven(
        "4.13",
        "TLS Terminating Reverse Proxies",
        &["tests/functions/rates.rs::a_header_that_the_client_sent_alone_changes_no_network"],
    ),
    proven(
        "4.14",
        "Refresh Token Protection",
        &[
            "tests/functions/attacks/sessions.rs::a_refresh_token_that_was_used_ends_the_session_of_each_partner",
            "tests/browser/main.rs::a_stolen_refresh_token_ends_the_session_and_rings",
            "tests/functions/sessions.rs::a_session_ends_after_thirty_idle_days_and_not_before",
            "tests/functions/attacks/removals.rs::a_removal_that_dies_at_any_call_is_repeated_or_has_asked_apple",
        ],
    ),
    does_not_apply(
        "4.15",
        "Client Impersonating Resource Owner",
        "Our service is no authorization server: it registers no clients, so no id of a client can be the id of a person.",
    ),
    proven(
        "4.16",
        "Clickjacking",
        &[
            "tests/functions/attacks/bodies.rs::a_callback_in_a_frame_or_by_a_script_is_refused",
            "tests/functions/headers.rs::every_answer_carries_the_security_headers_and_says_who_may_store_it",
        ],
    ),
    does_not_apply(
        "4.17",
        "Attacks on In-Browser Communication Flows",
        "No page of ours sends or takes messages of another window. The partners answer by redirect or by form alone.",
    ),
];
