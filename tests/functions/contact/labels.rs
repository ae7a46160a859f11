//! The refusals of forms speak in the words of the pages `/contact` and `/report`.

use super::{form, form_of_a_program, page};
use tests::{App, Event};

/// The fields of a report without a mistake.
const REPORT: &str = "what=It+shows+me.&where=https%3A%2F%2Fexample.com&good_faith=on";

/// The pages with the two forms.
async fn contact_page(app: &App) -> String {
    let mut pages = String::new();
    for path in ["/contact", "/report"] {
        let answer = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
        pages.push_str(std::str::from_utf8(answer.body()).unwrap());
    }
    pages
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_left_out_is_asked_for_in_words() {
    let app = App::new(1).await;
    let (before, more) = (app.world().snapshot(), format!("{REPORT}&more=x"));
    for (function, body, field, sentence) in [
        ("contact", "kind=support&text=+++&reply_to=a%40example.com", "text", "Fill in: your message."),
        ("contact", "kind=support&text=%0D%0A", "text", "Fill in: your message."),
        ("contact", "text=Help.", "kind", "Choose what it is about."),
        ("contact", "kind=praise&text=Help.", "kind", "Choose what it is about."),
        ("contact", "kind=support&text=Help.&website=x", "website", "leave it empty"),
        ("contact", "kind=support&text=Help.", "reply_to", "Give the mail address to which we may answer."),
        ("report", "what=+&where=https%3A%2F%2Fexample.com&good_faith=on", "what", "Fill in: what is wrong with it."),
        ("report", "what=It+shows+me.&where=&good_faith=on", "where", "Fill in: where it is."),
        ("report", "what=It+shows+me.&where=https%3A%2F%2Fexample.com", "good_faith", "Tick the box, if you believe"),
        (
            "report",
            "what=a&where=https%3A%2F%2Fexample.com&good_faith=no",
            "good_faith",
            "Tick the box, if you believe",
        ),
        ("report", more.as_str(), "body", "Open the page again."),
    ] {
        let html = page(&app.send(form(function).body(body)).await.expect(422));
        assert!(html.contains(sentence), "{body}: {sentence:?} must be in {html}");
        for word in ["missing", "`", "shape", "good_faith", "reply_to", "website"] {
            assert!(!html.contains(word), "{body}: {word} is no word for people: {html}");
        }
        let problem = app.send(form_of_a_program(function).body(body)).await.expect(422).json();
        assert_eq!(problem["field"], field, "a program gets the name of the field: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_field_with_a_wrong_value_has_the_label_of_the_form() {
    let app = App::new(2).await;
    let shown = contact_page(&app).await;
    let long = "x".repeat(4_001);
    for (function, body, label, rest) in [
        ("contact", format!("kind=support&text={long}"), "Your message", " has 1 to 4000 characters."),
        ("contact", "kind=support&text=a%00b".to_owned(), "Your message", " has a control character. Send plain text."),
        ("report", REPORT.replace("It+shows+me.", &long), "What is wrong with it?", " has 1 to 4000 characters."),
        ("report", REPORT.replace("https", "ftp"), "Where is it?", " needs the id of a work, or a URL that begins"),
    ] {
        let html = page(&app.send(form(function).body(&body)).await.expect(422));
        let sentence = format!("\u{201c}{label}\u{201d}{rest}");
        assert!(html.contains(&sentence), "{sentence:?} must be in {html}");
        assert!(shown.contains(&format!(">{label}</label>")), "{label:?} must be a label of {shown}");
    }
    let html = page(&app.send(form("contact").body(&format!("text={}", "x".repeat(70_000)))).await.expect(413));
    assert!(html.contains("Your text is too long: the form may have at most 65536 bytes."), "{html}");
}

/// Programs that send JSON know the names of the fields and not our page.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_json_has_the_names_of_the_fields() {
    let app = App::new(3).await;
    for (function, body, part) in [
        ("contact", r#"{"kind":"support"}"#, "missing field `text`"),
        ("contact", r#"{"kind":"praise","text":"x"}"#, "as kind"),
        ("contact", r#"{"kind":"support","text":" "}"#, "text is empty: nothing in it can be seen."),
        ("report", r#"{"what":"x","where":"here","good_faith":true}"#, "where needs the id"),
        ("report", r#"{"what":"x","where":"https://example.com"}"#, "good_faith: true"),
    ] {
        let answer = app.send(Event::recorded(function).body(body)).await.expect(422).json();
        assert!(answer["detail"].as_str().unwrap().contains(part), "{part:?} must be in {answer}");
    }
}
