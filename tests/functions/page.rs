//! The page's script: what it stores in the browser, and what it removes.

use tests::{App, Event};

/// The page's scripts.
const SCRIPTS: [&str; 4] = ["/app.js", "/api.js", "/attach.js", "/price.js"];

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
        let (answered, after) = leaves.split_once("await api(").expect("it sends a request");
        assert!(!answered.contains("forgetDraft()") && after.contains("forgetDraft()"), "{name}: {leaves}");
    }
    // A session that only ended leaves the draft: the same person signs in again.
    assert!(!function(&script, "signedOut").contains("forgetDraft"));
}

/// Frozen credits have their reason and a way to appeal on the page.
#[tokio::test(start_paused = true)]
async fn the_page_shows_frozen_credits_with_their_reason_and_the_way_to_appeal() {
    let app = App::new(1).await;
    let (code, page, contact) =
        (script(&app, "/app.js").await, script(&app, "/").await, script(&app, "/contact").await);
    let shows = function(&code, "showFrozen");
    for part in ["frozen.reason", "frozen.at", "remaining", "href: \"/contact\"", "I appeal against a decision"] {
        assert!(shows.contains(part), "{part} must be in {shows}");
    }
    assert!(function(&code, "showCredits").contains("showFrozen(credits.lots"), "it is shown with the credits");
    assert!(page.contains("id=\"frozen\""));
    assert!(contact.contains("<option value=\"appeal\">I appeal against a decision"), "the form has these words");
}
