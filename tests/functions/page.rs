//! The scripts of every page: the data that they store in the browser and remove, the words for frozen accounts and
//! credits, and the repetition of throttled requests.

use tests::{App, Event};

/// The lines of a script, as it is served.
fn script(name: &str) -> &'static str {
    let asset = pages::named(name).unwrap_or_else(|| panic!("no asset {name}"));
    std::str::from_utf8(asset.content).unwrap()
}

/// All scripts.
fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = pages::ASSETS.iter().map(|asset| asset.name).filter(|name| name.ends_with(".js"));
    names.map(|name| (name, script(name)))
}

/// The lines of a function of a script.
fn function<'a>(script: &'a str, name: &str) -> &'a str {
    let start = script.find(&format!("function {name}(")).unwrap_or_else(|| panic!("the script has no {name}"));
    let rest = &script[start..];
    // Scripts are served without indents, so the next function or the end of the file ends this one.
    let next = ["\nfunction ", "\nasync function ", "\nexport ", "\ndocument.addEventListener(", "\nstart();"];
    let end = next.into_iter().filter_map(|next| rest.find(next)).min().unwrap_or(rest.len());
    &rest[..end]
}

/// A form of the page that links an identity is redirected to a partner. Browsers stop such a redirect unless the
/// content policy names its target.
#[tokio::test(start_paused = true)]
async fn the_page_may_send_its_forms_to_the_partners() {
    let app = App::new(1).await;
    let page = app.send(Event::recorded("site")).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    let targets = policy.split("; ").find_map(|part| part.strip_prefix("form-action ")).unwrap();
    let person = app.sign_in("alice").await;
    for provider in ["google", "apple", "facebook"] {
        let begun = person.ask("POST", &format!("/v1/account/identities/{provider}")).await.expect(303);
        let location = begun.header("location").unwrap();
        let is_allowed = targets.split(' ').any(|target| location.starts_with(&format!("{target}/")));
        assert!(is_allowed, "{location} is none of {targets}");
    }
    assert!(targets.starts_with("'self' ") && !targets.contains('*'), "{targets}");
}

/// A sign-in or a link that is refused leads a browser to the page with the code, and the page has a sentence for it.
#[test]
fn the_page_explains_every_problem_with_which_a_sign_in_returns() {
    let (_, returned) =
        script("notices.js").split_once("const RETURNED = {").expect("the page has sentences for sign-ins");
    let (returned, _) = returned.split_once("};").expect("the list ends");
    for code in [
        "sign_in_failed",
        "sign_in_canceled",
        "too_many_requests",
        "identity_taken",
        "provider_linked",
        "sign_in_again",
        "cross_origin",
        "unauthenticated",
    ] {
        assert!(
            returned.split(',').any(|entry| entry.trim_start().starts_with(&format!("{code}: \""))),
            "{code} has no sentence: {returned}"
        );
    }
}

/// A person who is in another account at a partner than they think reads it.
#[test]
fn the_sentence_after_a_link_has_the_address_of_what_was_linked() {
    let returned = function(script("notices.js"), "returned");
    for part in ["person?.identities.find(({ provider }) => provider === linked)?.email", "`, as ${email}`"] {
        assert!(returned.contains(part), "{part} must be in {returned}");
    }
    let (before, _) = returned.split_once("const email").unwrap();
    assert!(before.contains("await account().catch(() => null)"), "the account comes first: {returned}");
}

/// `tests/browser/planted.py` replaces a text of a script. One that is gone would plant nothing.
#[test]
fn every_planted_fault_has_its_place() {
    let plants: serde_json::Value = serde_json::from_str(include_str!("../browser/plants.json")).unwrap();
    for plant in plants.as_array().unwrap() {
        let part = |name: &str| plant[name].as_str().unwrap_or_else(|| panic!("{plant} has no {name}"));
        let scenario = format!("{}/browser/{}.py", env!("CARGO_MANIFEST_DIR"), part("scenario"));
        assert!(std::path::Path::new(&scenario).exists(), "{}: no scenario finds it", part("name"));
        let places = script(part("asset")).matches(part("text")).count();
        assert_eq!(places, 1, "{}: plants.json needs a text that stands once in {}", part("name"), part("asset"));
    }
}

/// The page offers to bring a work back for as long as the service can, and no longer.
#[test]
fn an_undo_is_offered_for_as_long_as_it_is_possible() {
    let (_, rest) = script("say.js").split_once("UNDO_MS = ").expect("say.js has the time");
    let shown: String =
        rest.chars().take_while(|one| one.is_ascii_digit() || *one == '_').filter(|one| *one != '_').collect();
    assert_eq!(shown.parse::<u128>().unwrap(), kernel::limits::UNDO_WINDOW.as_millis());
}

/// Signing out clears all storage (`Clear-Site-Data`). One script alone knows the storage, and nothing fails where it is
/// blocked. One alone sets the cookie of the choice about advertising, and the script of the storage removes it.
/// `register/stored.rs` compares the names.
#[test]
fn one_script_stores_and_one_sets_the_cookie() {
    let mut uses = 0;
    for (name, script) in scripts() {
        for other in ["sessionStorage", "indexedDB", "caches.", "cookieStore", "localStorage["] {
            assert!(!script.contains(other), "{name} uses {other}: say here whether signing out may clear it");
        }
        let stores = script.contains("localStorage");
        assert!(!stores || ["store.js", "theme.js"].contains(&name), "{name} must store by store.js");
        assert!(!stores || script.contains("try {"), "{name}: a browser may block its storage");
        let may = ["consent.js", "store.js"].contains(&name);
        assert!(!script.contains("document.cookie") || may, "{name} must set no cookie");
        uses += usize::from(stores);
    }
    assert_eq!(uses, 2, "the storage is used");
}

/// The page removes the draft itself for browsers that do not know `Clear-Site-Data`, also on the other pages of the
/// browser.
#[test]
fn signing_out_forgets_what_was_typed_on_every_page() {
    let shell = script("shell.js");
    let leave = function(shell, "leave");
    for part in ["forgetAll()", "$(\"prompt\")?.form.reset()", "empty()"] {
        assert!(leave.contains(part), "{part} must be in {leave}");
    }
    let out = function(shell, "signOut");
    let (answered, after) = out.split_once("api(\"DELETE\"").expect("it sends a request");
    assert!(!answered.contains("leave()") && after.contains("leave()"), "only after the answer: {out}");
    assert!(
        after.contains("channel?.postMessage(")
            && shell.contains("channel?.addEventListener(\"message\", () => leave())")
    );
    // A session that only ended leaves the draft: the same person signs in again. The person's own things go.
    let (_, over) = shell.split_once("document.addEventListener(\"session-over\"").unwrap();
    let (over, _) = over.split_once("});").unwrap();
    assert!(over.contains("empty()") && !over.contains("forget"), "{over}");
    assert!(over.contains("You are signed out. Your words are still here."), "{over}");
    let empty = function(shell, "empty");
    assert!(empty.contains("[data-personal]"), "what belongs to the person leaves the page: {empty}");
    assert!(empty.contains("dispatchEvent(new Event(\"left\"))"), "each module forgets what it holds: {empty}");
}

/// Messages and the banner of the account have names, reasons and the code of a deletion.
#[tokio::test(start_paused = true)]
async fn messages_leave_the_page_with_the_person() {
    let app = App::new(1).await;
    let page = app.send(Event::recorded("site")).await.expect(200);
    let html = std::str::from_utf8(page.body()).unwrap();
    for id in ["standing", "say", "live"] {
        let tag = html.split(&format!("id=\"{id}\"")).nth(1).and_then(|rest| rest.split('>').next()).unwrap();
        assert!(tag.contains(" data-personal"), "#{id} must be emptied when the session ends: {tag}");
    }
}

/// The errors of a browser have no words for people.
#[test]
fn a_message_has_words_of_ours_alone() {
    let say = script("say.js");
    assert!(say.contains("say(name === \"Error\" ? message : \"Something on this page went wrong."), "{say}");
    for (name, script) in scripts() {
        assert!(!script.contains("this.name = "), "{name}: an error with another name loses its words");
    }
}

/// The words of one person are never shown to the next one, and those from before a sign-in stay.
#[test]
fn a_draft_belongs_to_one_account() {
    let adopt = function(script("store.js"), "adopt");
    for part in ["owner === account) continue", "owner === \"\" && value", "store.removeItem(key)"] {
        assert!(adopt.contains(part), "{part} must be in {adopt}");
    }
    assert!(script("person.js").contains("adopt(found.id)"), "as soon as the account is known");
}

/// A frozen account and frozen credits have their reason and a way to appeal, on every page.
#[test]
fn every_page_shows_what_is_frozen_with_the_reason_and_the_way_to_appeal() {
    let notices = script("notices.js");
    let standing = function(notices, "standing");
    for part in [
        "status === \"closing\"",
        "This account is being deleted.",
        "Keep my account",
        "status === \"frozen\"",
        "status_reason",
        "Nothing new can be made. You can still see and download your works.",
        "frozen.reason",
        "frozen.at",
        "remaining",
        "appeal()",
    ] {
        assert!(standing.contains(part), "{part} must be in {standing}");
    }
    assert!(function(notices, "appeal").contains("href: \"/contact?kind=appeal\""), "{notices}");
    let shows = function(script("shell.js"), "showStanding");
    assert!(shows.contains("credits().catch(() => null)"), "it is shown even if the credits cannot be read: {shows}");
    assert!(
        function(script("shell.js"), "empty").contains("$(\"standing\").hidden = true"),
        "the next person sees none"
    );
}

/// The link of an appeal chooses its kind in the form without a script.
#[tokio::test(start_paused = true)]
async fn the_link_of_an_appeal_chooses_the_kind_in_the_form() {
    let app = App::new(1).await;
    let contact = async |query: &str| {
        let answer = app.send(Event::recorded("site").raw_path("/contact").raw_query(query)).await.expect(200);
        String::from_utf8(answer.body().to_vec()).unwrap()
    };
    let page = contact("").await;
    assert!(
        page.contains("<option value=\"appeal\">I appeal against a decision"),
        "the API's sentence has these words"
    );
    assert!(!page.contains(" selected"), "{page}");
    let chosen = contact("kind=appeal").await;
    assert!(chosen.contains("<option value=\"appeal\" selected>I appeal against a decision"), "{chosen}");
    assert_eq!(chosen.replace(" selected", ""), page, "nothing else is different");
    for other in ["kind=support", "kind=%22%3E%3Cscript%3E", "kind=", "other=appeal"] {
        assert_eq!(contact(other).await, page, "{other}");
    }
}

/// A work that an operator has disabled has the statement of reasons and the way to appeal.
#[test]
fn the_statement_of_reasons_has_all_its_parts() {
    let statement = function(script("notices.js"), "statement");
    for part in ["An operator has disabled this work.", "${reason}", "${ground}", "day(at)", "appeal()"] {
        assert!(statement.contains(part), "{part} must be in {statement}");
    }
}

/// The gateway answers 429 without `detail`. The page must not blame the connection for it.
#[test]
fn a_throttled_request_has_a_sentence_of_its_own() {
    let api = script("api.js");
    let sentence = function(api, "sentence");
    for part in ["status === 429", "Too many requests came at once. Wait ${inWords(seconds)}, then try again."] {
        assert!(sentence.contains(part), "{part} must be in {sentence}");
    }
    let words = function(api, "inWords");
    assert!(words.contains("`about ${Math.ceil(seconds / 60)} minutes`") && words.contains("`${seconds} seconds`"));
    assert!(api.contains("const SECONDS_IN_WORDS = 90;"), "as in the API's sentences (kernel::RateState)");
    let blames: Vec<&str> = sentence.lines().filter(|line| line.contains("Check your connection")).collect();
    assert!(matches!(blames[..], [line] if line.contains("status === 0")), "only without an answer: {sentence}");
    assert!(function(api, "send").contains("headers.get(\"retry-after\")"), "the wait comes from the answer");
}

/// A throttle must end neither a poll nor the sign-out.
#[test]
fn signing_out_goes_on_after_a_throttle() {
    let api = script("api.js");
    let repeats = function(api, "patiently");
    for part in ["=== 429", ">= 500", "problem.retryAfter", "SHORTEST_WAIT), LONGEST_WAIT)", "throw problem"] {
        assert!(repeats.contains(part), "{part} must be in {repeats}");
    }
    assert!(api.contains("const SHORTEST_WAIT = 2;") && api.contains("const LONGEST_WAIT = 60;"), "seconds");
    let out = function(script("shell.js"), "signOut");
    assert!(out.contains("await patiently(() => api(\"DELETE\", \"/v1/session\")"), "{out}");
    assert!(out.contains("You are not signed out yet."), "the person must know: {out}");
}

/// Each request names the account that the page shows, so a page never acts for another person.
#[test]
fn a_page_acts_for_the_account_that_it_shows() {
    let api = script("api.js");
    assert!(function(api, "send").contains("\"x-account\": known"), "{api}");
    assert!(api.contains("tell(\"other-account\")") && api.contains("tell(\"session-over\")"), "{api}");
    assert!(script("shell.js").contains("document.addEventListener(\"other-account\", () => location.reload())"));
}
