use super::{ASKED, CALLBACK, fake, get};
use crate::fakes::{
    facebook::profile::FacebookProfile,
    sign_in::test_forms::{at, encoded, text_of, with},
};
use bytes::Bytes;
use http::{Request, StatusCode};

#[test]
fn the_dialog_refuses_what_facebook_refuses() {
    let longer = format!("{CALLBACK}/");
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 14] = [
        ("no app", "Invalid App ID", &[("", "client_id")]),
        ("another app", "Invalid App ID", &[("client_id", "1")]),
        ("no redirect URI", "URL Blocked", &[("", "redirect_uri")]),
        ("a longer redirect URI", "URL Blocked", &[("redirect_uri", &longer)]),
        ("another host", "URL Blocked", &[("redirect_uri", "http://localhost:8080/v1/login/facebook/callback")]),
        ("another page", "URL Blocked", &[("redirect_uri", "http://127.0.0.1:8080/")]),
        ("another response type", "response_type", &[("response_type", "token")]),
        ("another way of asking", "auth_type", &[("auth_type", "rerequest")]),
        ("two ways of asking", "auth_type", &[("auth_type", "reauthenticate,rerequest")]),
        ("another scope", "Invalid Scopes: user_posts", &[("scope", "email,user_posts")]),
        ("PKCE by plain", "code_challenge_method", &[("code_challenge_method", "plain")]),
        ("PKCE without a method", "code_challenge_method", &[("", "code_challenge_method")]),
        ("PKCE without a challenge", "code_challenge", &[("", "code_challenge")]),
        ("a short challenge", "code_challenge", &[("code_challenge", "short")]),
    ];
    let facebook = fake();
    for (case, why, changes) in cases {
        let query = with(&ASKED, changes);
        let answer = get(&facebook, at(0), "/v24.0/dialog/oauth", &query);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{case}");
        assert!(text_of(&answer).contains(why), "{case}: {}", text_of(&answer));
        let url = format!("{}?{}", facebook.settings().authorize_url(), encoded(&query));
        assert!(facebook.sign_in(at(0), &url, &FacebookProfile::new("ada")).unwrap_err().contains(why), "{case}");
    }
    let twice = with(&ASKED, &[]).into_iter().chain([("state", "another")]).collect::<Vec<_>>();
    assert_eq!(get(&facebook, at(0), "/v24.0/dialog/oauth", &twice).status(), StatusCode::BAD_REQUEST);
    let elsewhere = format!("http://localhost:9/v24.0/dialog/oauth?{}", encoded(&ASKED));
    assert!(facebook.sign_in(at(0), &elsewhere, &FacebookProfile::new("ada")).is_err());
    assert_eq!(facebook.counts().authorizations, 0, "nobody may be signed in");
}

#[test]
fn a_person_goes_through_the_dialog_to_our_callback() {
    let facebook = fake();
    let page = format!("/v24.0/dialog/oauth?{}", encoded(&ASKED));
    let dialog = text_of(&get(&facebook, at(0), "/v24.0/dialog/oauth", &ASKED));
    assert!(dialog.contains("This is a stand-in") && dialog.contains("name=\"person\""), "{dialog}");
    assert!(dialog.contains("value=\"withhold\"") && dialog.contains("value=\"none\""), "{dialog}");
    let bare = text_of(&get(&facebook, at(0), "/v24.0/dialog/oauth", &with(&ASKED, &[("scope", "public_profile")])));
    assert!(!bare.contains("withhold"), "only a scope with the address asks for it");
    let again = with(&ASKED, &[("auth_type", "reauthenticate")]);
    let again = text_of(&get(&facebook, at(0), "/v24.0/dialog/oauth", &again));
    assert_eq!(
        [&dialog, &again].map(|page| page.contains("asks you to prove that it is you")),
        [false, true],
        "{again}"
    );
    let press = |form: &[(&str, &str)]| super::post(&facebook, at(0), &page, form);
    assert_eq!(press(&[("person", " "), ("action", "continue")]).status(), StatusCode::BAD_REQUEST);
    let back = press(&[("person", "ada"), ("action", "continue")]);
    assert_eq!(back.status(), StatusCode::FOUND);
    let location = back.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}?code=AQ")), "{location}");
    assert!(location.ends_with("&state=a+state+of+ours#_=_"), "{location}");
    assert!(facebook.is_authorized("ada"));
    let canceled = press(&[("action", "cancel")]);
    let location = canceled.headers()["location"].to_str().unwrap();
    let wanted = "error=access_denied&error_code=200&error_description=Permissions+error&error_reason=user_denied";
    assert_eq!(location, format!("{CALLBACK}?{wanted}&state=a+state+of+ours#_=_"));
    let json = Request::post(&page).header("content-type", "application/json").body(Bytes::from("{}")).unwrap();
    assert_eq!(facebook.handle(at(0), json).status(), StatusCode::BAD_REQUEST);
}

#[test]
fn the_in_process_sign_in_answers_as_the_page_does() {
    let facebook = fake();
    let url = format!("{}?{}", facebook.settings().authorize_url(), encoded(&ASKED));
    assert!(url.starts_with("http://localhost:7004/v24.0/dialog/oauth?"), "another site than ours: {url}");
    let callback = facebook.sign_in(at(0), &url, &FacebookProfile::new("ada")).unwrap();
    assert!(callback.starts_with(CALLBACK) && !callback.contains('#'), "{callback}");
    assert!(facebook.cancel(&url).unwrap().contains("error=access_denied"));
}
