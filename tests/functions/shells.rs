//! The library and the page of a work: the same for everybody, filled by their scripts. Here is what the shells promise to
//! those scripts, and what they say to a browser without them.

use generations::Catalogue;
use pages::{Shell, named, works};

const WORK: &str = "01929e6b-6c00-7000-8000-0123456789ab";

/// The scripts of the two pages, beside those of every page.
const SCRIPTS: [&str; 6] = ["library.js", "work.js", "works.js", "grid.js", "links.js", "zip.js"];

fn shell(path: &str, signed_in: bool) -> Shell<'_> {
    let (policy, terms) = ("2026-12-01", "2026-12-01");
    Shell { signed_in, path, notice: None, gpc: false, tag: None, policy, terms, minimum_age: 18 }
}

fn library_of(signed_in: bool) -> String {
    works::library(&shell("/library", signed_in), &Catalogue::built_in().unwrap()).unwrap()
}

fn work_of(signed_in: bool) -> String {
    let path = format!("/g/{WORK}");
    works::one(&shell(&path, signed_in), &Catalogue::built_in().unwrap(), WORK)
        .unwrap()
        .expect("the id is one of a work")
}

/// The two pages with a session, and the script of each.
fn filled() -> [(&'static str, String, &'static str); 2] {
    [("the library", library_of(true), "library.js"), ("the work", work_of(true), "work.js")]
}

fn script(name: &str) -> &'static str {
    let asset = named(name).unwrap_or_else(|| panic!("there is no asset {name}"));
    std::str::from_utf8(asset.content).unwrap()
}

/// The texts between these two in a text.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default())
}

#[test]
fn a_page_has_no_inline_script_style_or_handler() {
    for (what, page, entry) in filled() {
        for forbidden in ["style=", "<style", "javascript:", " onclick", " onload", " onerror", " onsubmit"] {
            assert!(!page.contains(forbidden), "the content policy refuses {forbidden} in {what}");
        }
        for tag in between(&page, "<script", ">") {
            assert!(tag.contains(" src=\"/a/"), "{what} has an inline script: <script{tag}>");
        }
        assert!(page.contains(&format!("/{entry}\" type=\"module\"")), "{what} must load {entry}");
    }
}

/// A script that asks for an id that is missing ends with an error, and the page stays empty.
#[test]
fn every_id_that_a_script_asks_for_is_in_its_page() {
    for (what, page, entry) in filled() {
        for name in [entry, "works.js"] {
            for id in between(script(name), "$(\"", "\")") {
                assert!(page.contains(&format!("id=\"{id}\"")), "{name} needs #{id} in {what}");
            }
        }
    }
}

/// A button without an act does nothing, silently.
#[test]
fn every_act_of_a_page_is_one_of_its_script() {
    for (what, page, entry) in filled() {
        let acts: Vec<_> = between(&page, "data-act=\"", "\"").collect();
        assert!(acts.len() >= 8, "{what} has acts: {acts:?}");
        for act in acts {
            let forms = ["\n", ",", "{"].map(|before| [format!("{before}{act}: "), format!("{before}async {act}(")]);
            assert!(
                forms.iter().flatten().any(|form| script(entry).contains(form)),
                "{entry} must know the act {act} of {what}"
            );
        }
    }
}

/// Each state that a script gives to a part has a rule, or everything of the part would be shown.
#[test]
fn every_state_has_a_rule_in_the_stylesheet() {
    let style = script("site.css");
    for state in ["busy", "some", "none", "empty", "open", "done", "bare"] {
        let rule = format!("[data-state={state}] [data-when]:not([data-when~={state}])");
        assert!(style.contains(&rule), "site.css must hide what does not belong to {state}");
        let set = [script("library.js"), script("work.js"), &library_of(true), &work_of(true)];
        assert!(set.iter().any(|text| text.contains(&format!("\"{state}\""))), "nothing has the state {state}");
    }
}

#[test]
fn a_visitor_gets_the_way_in_and_no_script_of_the_page() {
    for (what, page, entry, back) in [
        ("the library", library_of(false), "library.js", "return_to=/library&".to_owned()),
        ("the work", work_of(false), "work.js", format!("return_to=/g/{WORK}&")),
    ] {
        assert!(page.contains("Sign in to see your works"), "{what} must say why it is empty");
        assert!(!page.contains(entry), "{what} has nothing to fill");
        assert!(page.replace("&#38;", "&").contains(&back), "the sign-in must lead back to {what}");
        for id in ["grid", "work", "broken"] {
            assert!(!page.contains(&format!("id=\"{id}\"")), "{what} must have no empty part #{id} for a visitor");
        }
    }
}

/// The way in is hidden while there is a session, and a script shows it when the session ends.
#[test]
fn a_session_that_ends_leaves_the_way_in() {
    for (what, page, _) in filled() {
        let out = between(&page, "id=\"out\"", ">").next().expect("the page has #out");
        assert!(out.ends_with(" hidden"), "{what} shows the way in although there is a session: {out}");
    }
    let script = script("works.js");
    for part in ["\"left\"", "\"other-account\"", "root.remove()", "forgetLinks()", "$(\"out\").hidden = false"] {
        assert!(script.contains(part), "nothing of a person may stay: works.js needs {part}");
    }
}

#[test]
fn a_browser_without_scripts_is_told_why_and_where_to_go() {
    for (what, page, _) in filled() {
        let words = between(&page, "<noscript>", "</noscript>").next().expect("the page has words for no script");
        for part in ["Switch JavaScript on", "href=\"/docs\"", "href=\"/contact\""] {
            assert!(words.contains(part), "{what} must say {part}");
        }
    }
    assert!(script("site.css").contains("(scripting: none) { .scripted { display: none !important } }"));
}

#[test]
fn the_filters_work_as_a_form_and_name_every_model() {
    let page = library_of(true);
    for part in [
        "role=\"search\" action=\"/library\"",
        "name=\"q\" type=\"search\"",
        "name=\"favourite\" value=\"true\"",
        "name=\"kind\" value=\"video\"",
        "name=\"status\"",
    ] {
        assert!(page.contains(part), "the filters need {part}");
    }
    for model in Catalogue::built_in().unwrap().models() {
        for page in [&page, &work_of(true)] {
            assert!(page.contains(&format!("<option value=\"{}\">", model.id)), "{} has no name", model.id);
        }
    }
}

#[test]
fn only_an_id_has_a_page() {
    let catalogue = Catalogue::built_in().unwrap();
    let one = |id: &str| works::one(&shell("/g/x", true), &catalogue, id).unwrap();
    let upper = WORK.to_uppercase();
    for id in [WORK, &upper] {
        assert!(one(id).is_some(), "{id} may be a work");
    }
    let (bare, longer, below) = (WORK.replace('-', ""), format!("{WORK}0"), format!("{WORK}/"));
    for id in ["", "x", "..", &bare, &longer, &below, "{01929e6b-6c00-7000-8000-0123456789ab}"] {
        assert!(one(id).is_none(), "{id} cannot be a work");
    }
}

/// Links live five minutes. A script that keeps one for longer shows the person an error of the bucket.
#[test]
fn no_script_goes_to_a_link_that_may_have_expired() {
    assert!(script("links.js").contains("const FRESH_MS = 4 * 60_000;"), "less than the lifetime of a link");
    for name in SCRIPTS.into_iter().filter(|name| *name != "links.js") {
        for field in ["download_url", "thumbnail_url", ".url"] {
            for line in script(name).lines().filter(|line| line.contains(field)) {
                let asks = format!("{field} !== null");
                let is_renewed = ["media(", "fresh(", &asks].iter().any(|call| line.contains(call));
                assert!(is_renewed, "{name} uses {field} as it is: {line}");
            }
        }
    }
}
