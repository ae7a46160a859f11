//! The pages of the site: every one is whole, says nothing about a person, and names only what exists.

mod colours;
mod html;
mod money;
mod tag;

use flate2::{Compression, write::GzEncoder};
use generations::Catalogue;
use html::{anchors, attributes, count, links};
use register::documents::{Document, versions};
use std::{collections::BTreeSet, io::Write, time::Duration};
use testkit::PUBLIC_ORIGIN;
use tests::{App, Event};

/// The scripts of a page, and the home page with all that it may load but pictures: bytes after gzip.
const SCRIPTS_LIMIT: usize = 20_000;
const HOME_LIMIT: usize = 60_000;

/// The pages. Those of a person are shells without a session too.
const FIXED: [&str; 18] = [
    "/",
    "/create",
    "/sign-in",
    "/library",
    "/g/01929e6b-6c00-7000-8000-0123456789ab",
    "/models",
    "/account",
    "/plans",
    "/plans?checkout=success",
    "/billing",
    "/status",
    "/contact",
    "/report",
    "/withdraw",
    "/vendors",
    "/processing",
    "/cookies",
    "/contact?kind=appeal",
];

/// The path of every page, also of each model and of each version of a document.
fn paths() -> Vec<String> {
    let models = Catalogue::built_in().unwrap().models().iter().map(|model| format!("/models/{}", model.id)).collect();
    let documents = Document::ALL.into_iter().flat_map(|document| {
        let each = versions(document).iter().map(move |version| format!("{}/{}", document.path(), version.id));
        std::iter::once(document.path().to_owned()).chain(each)
    });
    let fixed: Vec<String> = FIXED.into_iter().map(str::to_owned).collect();
    [fixed, models, documents.collect()].concat()
}

/// The request of a browser for a page.
fn asks(path: &str) -> Event {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Event::recorded("site").raw_path(path).raw_query(query)
}

/// The same from a browser with a session.
fn asks_signed_in(path: &str) -> Event {
    asks(path).cookies(&["__Host-refresh=opaque".to_owned()])
}

async fn page(app: &App, event: Event) -> String {
    let answer = app.send(event).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    String::from_utf8(answer.body().to_vec()).unwrap()
}

fn zipped(content: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn every_page_is_whole_and_has_nothing_inline() {
    let app = App::new(1).await;
    for path in paths() {
        for event in [asks(&path), asks_signed_in(&path), asks(&path).header("sec-gpc", "1")] {
            let html = page(&app, event).await;
            assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{path}");
            let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
            assert!(title.contains("Cinemaxsai") && title.len() > 15, "{path}: say more than {title}");
            assert_eq!(count(&html, "<h1"), 1, "{path} must have one heading of the first level");
            assert_eq!(count(&html, "<main id=\"main\""), 1, "{path}: the skip link needs its target");
            assert!(html.contains("<a class=\"skip\" href=\"#main\">"), "{path}");
            for part in ["<style", " style=\"", "javascript:", "<meta http-equiv"] {
                assert!(!html.contains(part), "{path}: the content policy forbids {part}");
            }
            for name in attributes(&html).map(|(name, _)| name) {
                assert!(!name.starts_with("on"), "{path}: the content policy forbids the handler {name}");
            }
            for script in html.split("<script ").skip(1) {
                let (tag, rest) = script.split_once('>').unwrap();
                assert!(tag.contains("src=\"/a/") && rest.starts_with("</script>"), "{path}: {tag}");
            }
            let ids: Vec<&str> = attributes(&html).filter(|(name, _)| *name == "id").map(|(_, id)| id).collect();
            let unique: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), unique.len(), "{path} uses an id twice: {ids:?}");
            for image in html.split("<img ").skip(1) {
                let tag = image.split('>').next().unwrap();
                for part in ["alt=\"", "width=\"", "height=\""] {
                    assert!(tag.contains(part), "{path}: {part} must be in {tag}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_and_asset_that_a_page_names_exists() {
    let app = App::new(1).await;
    let mut targets = BTreeSet::new();
    for path in paths() {
        for event in [asks(&path), asks_signed_in(&path)] {
            let html = page(&app, event).await;
            for link in links(&html) {
                match link.strip_prefix('#') {
                    Some(place) => assert!(anchors(&html).contains(place), "{path} links its own #{place}"),
                    None => drop(targets.insert(link)),
                }
            }
        }
    }
    assert!(targets.len() > 60, "the pages name more than {targets:?}");
    for target in targets {
        let (address, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path.starts_with("/v1/") {
            let options = Event::recorded("site").raw_path(path).method("OPTIONS");
            app.send(options).await.expect(204);
            continue;
        }
        let answer = app.send(Event::recorded("site").raw_path(path).raw_query(query)).await;
        assert_eq!(answer.status(), 200, "a page links {target}, which is not there");
        let text = std::str::from_utf8(answer.body()).unwrap_or_default();
        assert!(anchor.is_empty() || anchors(text).contains(anchor), "a page links {target}, which has no such place");
    }
}

/// The scripts that a page loads at once: those that it names, and all that they import. It also names the imported
/// ones, so that a browser does not find them one level after the other.
fn loaded(html: &str) -> BTreeSet<&'static str> {
    let named = |start: &str| -> BTreeSet<&'static str> {
        let paths = html.split(start).skip(1).filter_map(|rest| rest.split('"').next());
        paths.map(|path| pages::asset(path).unwrap().name).collect()
    };
    let (scripts, modules) = (named("<script src=\""), named("<link rel=\"modulepreload\" href=\""));
    let imported: BTreeSet<_> = scripts.iter().flat_map(|name| pages::named(name).unwrap().imports).copied().collect();
    assert_eq!(modules, imported, "the head names each module that its scripts import");
    scripts.into_iter().chain(imported).collect()
}

fn weight(name: &str) -> usize {
    pages::named(name).unwrap().compressed.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn no_page_loads_more_than_its_limit() {
    let app = App::new(1).await;
    for path in paths() {
        let scripts = loaded(&page(&app, asks_signed_in(&path)).await);
        assert!(scripts.contains("shell.js") && scripts.contains("api.js"), "{path} loads {scripts:?}");
        let bytes: usize = scripts.iter().map(|name| weight(name)).sum();
        assert!(bytes <= SCRIPTS_LIMIT, "{path} loads {bytes} of {SCRIPTS_LIMIT} bytes of scripts: {scripts:?}");
    }
    let html = page(&app, asks("/")).await;
    let others = ["site.css", "icons.svg", "icon.svg", "notices.js", "consent.js"];
    let bytes = zipped(html.as_bytes()) + loaded(&html).into_iter().chain(others).map(weight).sum::<usize>();
    assert!(bytes <= HOME_LIMIT, "the home page loads {bytes} of {HOME_LIMIT} bytes");
}

#[tokio::test(start_paused = true)]
async fn an_asset_is_sent_as_it_is_or_compressed_and_kept_for_good() {
    let app = App::new(1).await;
    for asset in pages::ASSETS {
        let event = Event::recorded("site").raw_path(&format!("{}/{}", pages::FOLDER, asset.name));
        let plain = app.send(event.clone().without_header("accept-encoding")).await.expect(200);
        assert_eq!(plain.body(), asset.content, "{}", asset.name);
        let zipped = app.send(event.header("accept-encoding", "gzip")).await.expect(200);
        assert_eq!(zipped.body(), asset.compressed.unwrap_or(asset.content), "{}", asset.name);
        assert_eq!(zipped.header("vary"), asset.compressed.map(|_| "accept-encoding"), "{}", asset.name);
        assert_eq!(zipped.header("cache-control"), Some("public, max-age=31536000, immutable"), "{}", asset.name);
    }
}

/// A browser counts UTF-16 units, and cuts what is longer without a word. We count characters, and say how many there are.
#[tokio::test(start_paused = true)]
async fn no_page_cuts_a_text() {
    let app = App::new(1).await;
    for path in paths() {
        let html = page(&app, asks_signed_in(&path)).await;
        assert!(
            !html.contains("maxlength"),
            "{path}: a script counts by `data-most`, or the answer says what is too long"
        );
    }
}

/// The shell of a page depends on whether there is a session, and never on whose it is. Pages read no store.
#[tokio::test(start_paused = true)]
async fn no_page_says_anything_about_a_person() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let cookies = |token: &str, other: &str| [format!("__Host-session={other}"), format!("__Host-refresh={token}")];
    for path in paths() {
        let (of_alice, counts) =
            app.world().counted(page(&app, asks(&path).cookies(&cookies(alice.refresh_token(), alice.token())))).await;
        assert_eq!(counts.aws_total(), 0, "{path}: {counts}");
        let of_bob = page(&app, asks(&path).cookies(&cookies(bob.refresh_token(), bob.token()))).await;
        assert_eq!(of_alice, of_bob, "{path} depends on the person");
        assert_ne!(of_alice, page(&app, asks(&path)).await, "{path}: the bar says whether one is signed in");
        for text in [&*alice.account().to_string(), "alice", alice.token(), alice.refresh_token()] {
            assert!(!of_alice.contains(text), "{path} has {text}");
        }
        let answer = app.send(asks(&path)).await;
        assert_eq!(
            (answer.header("cache-control"), answer.header("vary")),
            (Some("private, no-cache"), Some("cookie, sec-gpc"))
        );
    }
}

/// P03: what creating costs, and under which terms, is open to everybody and needs no script.
#[tokio::test(start_paused = true)]
async fn everybody_reads_models_prices_and_policies_without_script() {
    let app = App::new(1).await;
    let home = page(&app, asks("/")).await;
    for part in ["50 credits", "enough for 12 pictures", "A fast picture", "€9.99", "Samples, drawn by a program"] {
        assert!(home.contains(part), "{part} must be in {home}");
    }
    app.world().set_variable("PAUSED", "flux-schnell");
    let app = app.restarted().await;
    let list = page(&app, asks("/models")).await;
    assert_eq!((count(&list, "Paused for now"), count(&list, ">Available<") > 5), (1, true), "{list}");
    let model = page(&app, asks("/models/flux-schnell")).await;
    assert!(model.contains("4 credits for each picture") && model.contains("Paused for now"), "{model}");
    assert!(!model.contains("/create?model="), "a paused model takes no new work: {model}");
    app.world().set_variable("ALLOW_TRAINING_VENDORS", "none");
    let app = app.restarted().await;
    let (home, list) = (page(&app, asks("/")).await, page(&app, asks("/models")).await);
    assert!(home.contains("No model is on offer right now.") && !home.contains("0 models"), "{home}");
    assert!(list.contains("No model takes new work right now.") && list.contains("its vendor may train"), "{list}");
    let policy = page(&app, asks("/privacy")).await;
    assert!(policy.contains("Only creating needs one."), "{policy}");
}

/// A link to a sign-in carries what the person accepts by following it, and the page to come back to.
#[tokio::test(start_paused = true)]
async fn a_sign_in_says_what_is_accepted_and_returns_to_the_page() {
    let app = App::new(1).await;
    let html = page(&app, asks("/sign-in?return_to=/g/1%3Fa%3D%22%3E%3Cscript%3E%26policy%3Dx")).await;
    assert!(!html.contains("<script>"), "{html}");
    let (policy, terms) = (versions(Document::Policy)[1].id, versions(Document::Terms)[0].id);
    for provider in ["google", "apple", "facebook"] {
        let accepted = format!("policy={policy}&amp;terms={terms}&amp;age=18\"").replace("&amp;", "&#38;");
        let escaped = "return_to=/g/1%3Fa%3D%22%3E%3Cscript%3E%26policy%3Dx";
        let link = format!("href=\"/v1/login/{provider}?{escaped}&#38;{accepted}");
        assert!(html.contains(&link), "{link} must be in {html}");
    }
    let sentence = "By signing in you accept the <a href=\"/terms\">terms</a> and the <a href=\"/privacy\">privacy policy</a> \
                    and say that you are 18 or older.";
    assert!(html.contains(sentence), "{html}");
    assert!(page(&app, asks("/models")).await.contains("href=\"/sign-in?return_to=/models\""));
}

/// P19: a change of the policy is announced on the home page, and on every other page, before and after its day.
#[tokio::test(start_paused = true)]
async fn a_change_of_the_policy_is_announced_with_what_changes() {
    let app = App::new(1).await;
    let (old, new) = (versions(Document::Policy)[0], versions(Document::Policy)[1]);
    for path in ["/", "/models"] {
        let html = page(&app, asks(path)).await;
        let link = format!("changed on 15 December 2026. <a href=\"/privacy/{}\">See what changed</a>", new.id);
        assert!(html.contains(&link), "{link} must be in {html}");
    }
    for id in [old.id, new.id] {
        let html = page(&app, asks(&format!("/privacy/{id}"))).await;
        assert!(html.contains("<ins>") && html.contains("<del>") && html.contains(new.summary), "{html}");
    }
    assert!(!page(&app, asks("/privacy")).await.contains("No longer: "), "the page of today shows what applies");
    app.world().advance(Duration::from_secs(60 * 24 * 60 * 60));
    assert!(!page(&app, asks("/")).await.contains("The privacy policy changed"), "after two months it is known");
}

/// Each version has a hash, as the policy and the terms say.
#[tokio::test(start_paused = true)]
async fn every_version_of_a_document_shows_its_hash() {
    let app = App::new(1).await;
    for document in Document::ALL {
        for version in versions(document) {
            let html = page(&app, asks(&format!("{}/{}", document.path(), version.id))).await;
            assert!(html.contains(&version.hash()), "{} {} must show its hash: {html}", document.path(), version.id);
        }
    }
}

/// P17: every vendor is named with what it gets. P20: there is an address to write to.
#[tokio::test(start_paused = true)]
async fn the_vendors_and_the_address_of_support_are_published() {
    let app = App::new(1).await;
    let html = page(&app, asks("/vendors")).await;
    for vendor in register::vendors::VENDORS {
        assert!(html.contains(&format!("<h2 id=\"{}\">{}", vendor.key, vendor.name)), "{} is missing", vendor.key);
    }
    for path in ["/contact", "/privacy", "/withdraw"] {
        let html = page(&app, asks(path)).await;
        assert!(html.contains("support@cinemaxsai.com"), "{path} must have the address of the operator: {html}");
    }
    app.world().set_variable("SUPPORT_ADDRESS", "none");
    let app = app.restarted().await;
    assert!(!page(&app, asks("/contact")).await.contains("mailto:"), "nothing is invented");
}

#[tokio::test(start_paused = true)]
async fn the_address_of_a_deletion_leads_to_its_page() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let code = person.delete_account().await.expect(202).json()["code"].as_str().unwrap().to_owned();
    let answer = app.send(asks(&format!("/deletions/{code}"))).await.expect(303);
    assert_eq!(answer.header("location"), Some(&*format!("/v1/deletions/{code}")));
    let status = || Event::recorded("deletion-status").fill("code", &code).header("accept", "text/html");
    let html = String::from_utf8(app.send(status()).await.expect(200).body().to_vec()).unwrap();
    assert!(html.contains("<ol class=\"steps\">") && html.contains("Time to change your mind"), "{html}");
    assert!(!html.contains("alice") && !html.contains(PUBLIC_ORIGIN), "{html}");
    app.purge(&code).await;
    let html = String::from_utf8(app.send(status()).await.expect(200).body().to_vec()).unwrap();
    for part in
        ["All data was erased on", "A second check found nothing on", "What is kept, and why", "Signature (Ed25519"]
    {
        assert!(html.contains(part), "{part} must be in {html}");
    }
}
