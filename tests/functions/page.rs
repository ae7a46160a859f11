//! The page's scripts: the data that they store in the browser and remove, the words for frozen accounts
//! and credits, and the repetition of throttled requests.

use tests::{App, Event};

/// The page's scripts.
const SCRIPTS: [&str; 6] = ["/app.js", "/api.js", "/attach.js", "/notices.js", "/price.js", "/settings.js"];

async fn script(app: &App, path: &str) -> String {
    let answer = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
    String::from_utf8(answer.body().to_vec()).unwrap()
}

/// The lines of a function of a script.
fn function<'a>(script: &'a str, name: &str) -> &'a str {
    let start = script.find(&format!("function {name}(")).unwrap_or_else(|| panic!("the page has no {name}"));
    let end = script[start..].find("\n}\n").expect("a function ends with a brace");
    &script[start..start + end]
}

/// A form of the page that links an identity is redirected to a partner. Browsers stop such a redirect unless the
/// content policy names its target.
#[tokio::test(start_paused = true)]
async fn the_page_may_send_its_forms_to_the_partners() {
    let app = App::new(1).await;
    for path in ["/", "/account"] {
        let page = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
        let policy = page.header("content-security-policy").unwrap();
        let targets = policy.split("; ").find_map(|part| part.strip_prefix("form-action ")).unwrap();
        let person = app.sign_in("alice").await;
        for provider in ["google", "apple", "facebook"] {
            let begun = person.ask("POST", &format!("/v1/account/identities/{provider}")).await.expect(303);
            let location = begun.header("location").unwrap();
            let is_allowed = targets.split(' ').any(|target| location.starts_with(&format!("{target}/")));
            assert!(is_allowed, "{path}: {location} is none of {targets}");
        }
        assert!(targets.starts_with("'self' ") && !targets.contains('*'), "{targets}");
    }
}

/// A sign-in or a link that is refused leads a browser to the page with the code, and the page has a sentence for it.
#[tokio::test(start_paused = true)]
async fn the_page_explains_every_problem_with_which_a_sign_in_returns() {
    let notices = script(&App::new(1).await, "/notices.js").await;
    let (_, returned) = notices.split_once("const RETURNED = {").expect("the page has sentences for sign-ins");
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
        assert!(returned.contains(&format!("\n  {code}: \"")), "{code} has no sentence: {returned}");
    }
}

/// A person who is in another account at a partner than they think reads it.
#[tokio::test(start_paused = true)]
async fn the_sentence_after_a_link_has_the_address_of_what_was_linked() {
    let app = App::new(1).await;
    let (code, notices) = (script(&app, "/app.js").await, script(&app, "/notices.js").await);
    let returned = function(&notices, "returned");
    for part in ["account.identities?.find(({ provider }) => provider === linked)?.email", "`, as ${email}`"] {
        assert!(returned.contains(part), "{part} must be in {returned}");
    }
    let start = function(&code, "start");
    let read = start.find("await showAccount()").expect("the page reads the account");
    let said = start.find("returned(asked, state.account)").expect("the page says what a link has done");
    assert!(read < said, "the account comes first: {start}");
}

/// Signing out clears all storage (`Clear-Site-Data`). So the storage may only have data that the
/// sign-out must remove. Choices that outlast a session, such as theme and consent, belong into
/// cookies.
#[tokio::test(start_paused = true)]
async fn the_draft_is_all_that_the_page_stores() {
    let app = App::new(1).await;
    let mut uses = 0;
    for path in SCRIPTS {
        let script = script(&app, path).await;
        for other in ["sessionStorage", "indexedDB", "caches.", "document.cookie", "cookieStore", "localStorage["] {
            assert!(!script.contains(other), "{path} uses {other}: say here whether signing out may clear it");
        }
        for (at, _) in script.match_indices("localStorage.") {
            let call = script[at..].split(')').next().unwrap();
            assert!(call.contains("(\"draft\""), "{path} stores something other than the draft: {call}");
            uses += 1;
        }
    }
    assert!(uses >= 3, "the draft must be kept, read and removed");
}

/// The page removes the draft itself for browsers that do not know `Clear-Site-Data`.
#[tokio::test(start_paused = true)]
async fn signing_out_and_deleting_the_account_remove_the_draft() {
    let app = App::new(1).await;
    let script = script(&app, "/app.js").await;
    let forgets = function(&script, "forgetDraft");
    assert!(forgets.contains("localStorage.removeItem(\"draft\")"), "{forgets}");
    assert!(forgets.contains("$(\"prompt\").value = \"\""), "{forgets}");
    for name in ["signOut", "deleteAccount"] {
        let leaves = function(&script, name);
        let (answered, after) = leaves.split_once("api(\"").expect("it sends a request");
        assert!(!answered.contains("forgetDraft()") && after.contains("forgetDraft()"), "{name}: {leaves}");
    }
    // A session that only ended leaves the draft: the same person signs in again.
    assert!(!function(&script, "signedOut").contains("forgetDraft"));
}

/// A frozen account and frozen credits have their reason and a way to appeal on the page.
#[tokio::test(start_paused = true)]
async fn the_page_shows_what_is_frozen_with_the_reason_and_the_way_to_appeal() {
    let app = App::new(1).await;
    let (code, notices) = (script(&app, "/app.js").await, script(&app, "/notices.js").await);
    let shows = function(&notices, "showFrozen");
    for part in [
        "status === \"frozen\"",
        "status_reason",
        "Nothing new can be made. You can still see and download your works.",
        "frozen.reason",
        "frozen.at",
        "remaining",
        "appeal()",
    ] {
        assert!(shows.contains(part), "{part} must be in {shows}");
    }
    assert!(function(&notices, "appeal").contains("href: \"/contact?kind=appeal\""), "{notices}");
    let account = function(&code, "showAccount");
    assert!(account.contains("showFrozen(account, [])"), "it is shown even if the credits cannot be read: {account}");
    assert!(function(&code, "showCredits").contains("showFrozen(state.account, credits.lots"), "and with the credits");
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

/// The card of a disabled work has the statement of reasons and the way to appeal.
#[tokio::test(start_paused = true)]
async fn the_card_of_a_disabled_work_shows_the_statement_of_reasons() {
    let app = App::new(1).await;
    let (code, notices) = (script(&app, "/app.js").await, script(&app, "/notices.js").await);
    let statement = function(&notices, "statement");
    for part in ["An operator has disabled this work.", "${reason}", "${ground}", "longDay(at)", "appeal()"] {
        assert!(statement.contains(part), "{part} must be in {statement}");
    }
    let card = function(&code, "card");
    assert!(card.contains("if (disabled) text.append(statement(disabled))"), "{card}");
    assert!(card.contains("drawn, disabled])"), "a card is drawn again when its work is disabled: {card}");
}

/// The page offers an account that is not active neither plans nor the creation of works. The reason
/// is in a section of its own, because the section of the plans is hidden.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_not_active_sees_the_reason_and_no_plans() {
    let app = App::new(1).await;
    let (code, page) = (script(&app, "/app.js").await, script(&app, "/").await);
    let account = function(&code, "showAccount");
    for part in [
        "active: account.status === \"active\"",
        "$(\"buy-section\").hidden = !state.active",
        "account.status === \"closing\"",
        "$(\"closing\").hidden = !closing",
        "showPrice()",
    ] {
        assert!(account.contains(part), "{part} must be in {account}");
    }
    let price = function(&code, "showPrice");
    assert!(price.contains("$(\"submit\").disabled = !state.active"), "{price}");
    assert!(function(&code, "start").contains("await showAccount()"), "the status is read when the page is loaded");
    assert!(function(&code, "show").contains("problem.code === \"account_not_active\""), "and when it has changed");
    assert!(function(&code, "signedOut").contains("\"frozen\""), "the next person must not see the reason");
    let section = |id: &str| {
        let start = page.find(&format!("<section id=\"{id}\" hidden>")).unwrap_or_else(|| panic!("no section {id}"));
        page[start..].split("</section>").next().unwrap()
    };
    assert!(section("closing").contains("Nothing new can be made."), "a closing account has words of its own");
    assert!(!section("frozen").contains("plans") && section("buy-section").contains("id=\"plans\""));
    assert!(!section("buy-section").contains("id=\"frozen\""));
}

/// A person without spendable credits must see that some are frozen.
#[tokio::test(start_paused = true)]
async fn a_refusal_for_lack_of_credits_names_the_frozen_ones() {
    let app = App::new(1).await;
    let code = script(&app, "/app.js").await;
    let credits = function(&code, "showCredits");
    assert!(
        credits.contains("state.frozen = credits.frozen") && credits.contains("frozen: credits.frozen"),
        "{credits}"
    );
    let shows = function(&code, "show");
    for part in
        ["\"insufficient_credits\" && state.frozen", "${state.frozen} credits are frozen: see the reason below."]
    {
        assert!(shows.contains(part), "{part} must be in {shows}");
    }
}

/// The gateway answers 429 without `detail`. The page must not blame the connection for it.
#[tokio::test(start_paused = true)]
async fn a_throttled_request_has_a_sentence_of_its_own() {
    let app = App::new(1).await;
    let api = script(&app, "/api.js").await;
    let sentence = function(&api, "sentence");
    for part in ["status === 429", "Too many requests came at once. Wait ${inWords(seconds)}, then try again."] {
        assert!(sentence.contains(part), "{part} must be in {sentence}");
    }
    let words = function(&api, "inWords");
    assert!(words.contains("`about ${Math.ceil(seconds / 60)} minutes`") && words.contains("`${seconds} seconds`"));
    assert!(api.contains("const SECONDS_IN_WORDS = 90;"), "as in the API's sentences (kernel::RateState)");
    let blames: Vec<&str> = sentence.lines().filter(|line| line.contains("Check your connection")).collect();
    assert!(matches!(blames[..], [line] if line.contains("status === 0")), "only without an answer: {sentence}");
    assert!(function(&api, "send").contains("headers.get(\"retry-after\")"), "the wait comes from the answer");
}

/// A throttle must end neither the polling of a film under way nor the sign-out.
#[tokio::test(start_paused = true)]
async fn polling_and_signing_out_go_on_after_a_throttle() {
    let app = App::new(1).await;
    let (code, api) = (script(&app, "/app.js").await, script(&app, "/api.js").await);
    let repeats = function(&api, "patiently");
    for part in ["=== 429", ">= 500", "problem.retryAfter", "SHORTEST_WAIT), LONGEST_WAIT)", "throw problem"] {
        assert!(repeats.contains(part), "{part} must be in {repeats}");
    }
    assert!(api.contains("const SHORTEST_WAIT = 2;") && api.contains("const LONGEST_WAIT = 60;"), "seconds");
    assert!(function(&code, "read").contains("await patiently("), "a generation under way is read again");
    let poll = function(&code, "poll");
    assert!(poll.contains("await read(item)") && poll.contains("await patiently(showCredits)"), "{poll}");
    assert!(!poll.contains("api("), "each request of the poll is repeated: {poll}");
    let leaves = function(&code, "signOut");
    assert!(leaves.contains("await patiently(() => api(\"DELETE\", \"/v1/session\")"), "{leaves}");
    assert!(leaves.contains("You are not signed out yet."), "the person must know: {leaves}");
}
