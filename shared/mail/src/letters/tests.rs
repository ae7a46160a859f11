//! Every mail, as text and as HTML. The test that checks them also writes them to `target/mails`, for people.

use crate::{
    letters::{compose::compose, sender::Sender, words::letter},
    mailbox::Mailbox,
    row::{
        facts::{Feature, Mail, Statement},
        key::{MailKey, MailTable},
        kind::{MailKind, Stream},
    },
    tokens::{keys::tests::keys, reply::ReplySubject},
};
use kernel::Timestamp;
use std::{collections::BTreeSet, fs, path::Path};

const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";
const CODE: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQ";
const NUMBER: &str = "C-7Q4K-2M9D";

/// The text of a case, in lines, with what must not become HTML.
const CASE_TEXT: &str = "Hello,\n\nyour credits are back. <b>Sorry</b> & thank you.\nThe support";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sender() -> Sender {
    Sender {
        from: "Cinemaxsai <hello@cinemaxsai.example>".to_owned(),
        support: Mailbox::parse("support@cinemaxsai.example").unwrap(),
        operator: Mailbox::parse("operator@cinemaxsai.example").unwrap(),
        origin: "https://cinemaxsai.example".to_owned(),
        name: "Example Studio Ltd".to_owned(),
        postal_address: "1 Example Street, 12345 Example City".to_owned(),
    }
}

fn key() -> MailKey {
    MailKey::new(MailTable::Accounts, ACCOUNT, ACCOUNT.parse().unwrap())
}

fn about_deletions() -> Vec<Mail> {
    let (code, received_at, due_at) = (CODE.to_owned(), at("2026-11-30T10:52:00Z"), at("2026-12-30T10:52:00Z"));
    let (path, until) = (format!("/deletions/{CODE}/confirm?token=abc"), at("2026-12-14T10:52:00Z"));
    vec![
        Mail::DeletionReceived { code: code.clone(), received_at, due_at },
        Mail::DeletionConfirm { code: code.clone(), received_at, path: path.clone(), until },
        Mail::DeletionReminder { code: code.clone(), received_at, path, until },
        Mail::DeletionScheduled {
            code: code.clone(),
            requested_at: received_at,
            purge_at: at("2026-12-07T10:52:00Z"),
            due_at,
            path: format!("/deletions/{CODE}/keep?token=abc"),
        },
        Mail::DeletionUnconfirmed { code: code.clone(), received_at, due_at },
        Mail::DeletionCanceled { code: code.clone(), at: received_at },
        Mail::DeletionErased { code, at: due_at },
        Mail::Acknowledgement { received_at, due_at },
    ]
}

fn about_cases() -> Vec<Mail> {
    let (number, due_at) = (NUMBER.to_owned(), at("2026-12-30T10:52:00Z"));
    let statement = Statement {
        at: at("2026-12-01T09:00:00Z"),
        reason: "It shows a real person without consent.".to_owned(),
        ground: "Terms of service, section 4".to_owned(),
    };
    vec![
        Mail::CaseReceived { number: number.clone(), due_at: Some(due_at) },
        Mail::CaseAnswer { number: number.clone(), reply: 0 },
        Mail::CaseClosed { number: number.clone(), statement: Some(statement) },
        Mail::OperatorCase { number, about: "report".to_owned(), due_at },
    ]
}

/// One mail of every kind.
fn samples() -> Vec<Mail> {
    let when = at("2026-12-01T09:30:00Z");
    let feature = |title: &str, text: &str| Feature { title: title.to_owned(), text: text.to_owned() };
    let features = vec![
        feature("Films of ten seconds", "Two of our video models now make ten seconds in one go."),
        feature("Undo", "A work that you delete can be brought back for thirty seconds."),
    ];
    let mut all = vec![
        Mail::Welcome { credits: 50 },
        Mail::NewDevice { device: "Firefox on Linux".to_owned(), provider: "Google".to_owned(), at: when },
        Mail::IdentityLinked { provider: "Apple".to_owned(), at: when },
        Mail::IdentityRemoved { provider: "Facebook".to_owned(), at: when, by_partner: true },
        Mail::PolicyChanged {
            document: "privacy policy".to_owned(),
            path: "/privacy/2026-12-15".to_owned(),
            effective_on: "2026-12-15".parse().unwrap(),
            summary: "It names a new vendor, and says how long mails are kept.".to_owned(),
        },
        Mail::GenerationDone { generation: ACCOUNT.parse().unwrap(), model: "FLUX.1 schnell".to_owned(), outputs: 4 },
        Mail::CreditsLow { available: 3 },
        Mail::NewFeatures { title: "New: films of ten seconds".to_owned(), features },
    ];
    all.extend(about_deletions());
    all.extend(about_cases());
    all
}

/// The addresses in a text.
fn addresses(text: &str) -> Vec<&str> {
    let ends = |char: char| char.is_whitespace() || "\"<>".contains(char);
    text.match_indices("http").filter_map(|(start, _)| text[start..].split(ends).next()).collect()
}

#[test]
fn every_kind_has_a_sample() {
    let kinds: BTreeSet<MailKind> = samples().iter().map(Mail::kind).collect();
    assert_eq!(kinds, MailKind::ALL.into_iter().collect(), "add a sample of the new kind");
    assert_eq!(samples().len(), MailKind::ALL.len());
}

#[test]
fn a_kind_has_the_word_of_its_stored_form_and_facts_are_read_again() {
    for mail in samples() {
        let stored = serde_json::to_value(&mail).unwrap();
        assert_eq!(stored["kind"], mail.kind().as_str());
        assert_eq!(serde_json::to_value(mail.kind()).unwrap(), mail.kind().as_str());
        assert_eq!(serde_json::from_value::<Mail>(stored).unwrap(), mail);
    }
}

#[test]
fn every_mail_is_written_as_text_and_as_html_and_requests_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mails");
    fs::create_dir_all(&folder).unwrap();
    let to = Mailbox::parse("ada@example.org").unwrap();
    for mail in samples() {
        let kind = mail.kind();
        let written = compose(&key(), &mail, Some(CASE_TEXT), &to, &sender(), &keys(&[1])).unwrap();
        fs::write(folder.join(format!("{kind}.txt")), &written.text).unwrap();
        fs::write(folder.join(format!("{kind}.html")), &written.html).unwrap();

        assert!((10..=70).contains(&written.subject.len()), "{kind}: {}", written.subject);
        assert!(written.text.starts_with(&format!("{}\n\n", written.subject)), "{kind}:\n{}", written.text);
        assert!(!written.text.contains("\n\n\n"), "{kind} has a gap:\n{}", written.text);
        for footer in ["Example Studio Ltd, 1 Example Street, 12345 Example City", "support@cinemaxsai.example"] {
            assert!(written.text.contains(footer) && written.html.contains(footer), "{kind} needs {footer}");
        }
        for part in ["prefers-color-scheme: dark", "name=\"viewport\"", "max-width:600px", "lang=\"en\""] {
            assert!(written.html.contains(part), "{kind} needs {part}");
        }
        let lower = written.html.to_lowercase();
        for remote in ["<img", "src=", "url(", "@import", "<link", "<script", "<form", "background=\"", "<b>sorry"] {
            assert!(!lower.contains(remote), "{kind} must not have {remote}");
        }
        for body in [&written.text, &written.html] {
            assert!(!body.contains("ada@example.org"), "{kind}: no letter repeats the address of the person");
            for address in addresses(body) {
                assert!(address.starts_with("https://cinemaxsai.example/"), "{kind} leads to {address}");
            }
        }
    }
}

#[test]
fn text_and_html_say_the_same() {
    for mail in samples() {
        let words = letter(&mail, Some(CASE_TEXT), &sender()).unwrap();
        let (text, html) = (words.text(&sender(), None).unwrap(), words.html(&sender(), None).unwrap());
        // The words of the text are those of the HTML; what stands around them differs.
        let marks = [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")];
        let plain = marks.iter().fold(html, |html, (escaped, mark)| html.replace(escaped, mark));
        for line in text.lines().map(|line| line.trim_start_matches("> ")).filter(|line| !line.contains(": ")) {
            let word = line.trim_end_matches(':');
            assert!(word == "--" || word == "-- " || plain.contains(word), "{}: the HTML lacks {word:?}", mail.kind());
        }
    }
}

#[test]
fn product_mail_can_be_ended_by_one_click_and_other_mail_cannot() {
    let to = Mailbox::parse("ada@example.org").unwrap();
    for mail in samples() {
        let written = compose(&key(), &mail, Some(CASE_TEXT), &to, &sender(), &keys(&[1])).unwrap();
        let header =
            |name: &str| written.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let (kind, list) = (mail.kind(), header("List-Unsubscribe"));
        let wanted = if kind == MailKind::Acknowledgement { "auto-replied" } else { "auto-generated" };
        assert_eq!(header("Auto-Submitted"), Some(wanted), "{kind}");
        let is_product = kind.stream() == Stream::Product;
        assert_eq!(header("List-Unsubscribe-Post"), is_product.then_some("List-Unsubscribe=One-Click"), "{kind}");
        assert_eq!(written.text.contains("Unsubscribe: "), is_product, "{kind}");
        assert_eq!(written.html.contains(">Unsubscribe</a>"), is_product, "{kind}");
        let Some(list) = list.filter(|_| is_product) else {
            assert_eq!(list, None, "{kind}");
            continue;
        };
        let (url, mailto) = list.split_once(", ").unwrap();
        let url = url.strip_prefix("<https://cinemaxsai.example/v1/unsubscribe?token=").unwrap();
        let token = url.strip_suffix('>').unwrap();
        let ended = keys(&[1]).read_unsubscribe_token(token).unwrap();
        assert_eq!((ended.account.to_string().as_str(), ended.stream), (ACCOUNT, Stream::Product));
        assert_eq!(mailto, format!("<mailto:support@cinemaxsai.example?subject=unsubscribe%20{token}>"));
        assert!(list.len() < 870, "SES takes no longer value of a header");
    }
    let of_nobody = MailKey::new(MailTable::Cases, NUMBER, ACCOUNT.parse().unwrap());
    let mail = Mail::CreditsLow { available: 1 };
    assert!(compose(&of_nobody, &mail, None, &to, &sender(), &keys(&[1])).is_err());
}

#[test]
fn a_reply_to_a_mail_about_a_request_names_the_request() {
    let to = Mailbox::parse("ada@example.org").unwrap();
    for mail in samples() {
        let written = compose(&key(), &mail, Some(CASE_TEXT), &to, &sender(), &keys(&[1])).unwrap();
        let kind = mail.kind();
        let token = written.reply_to.strip_prefix("support+").and_then(|it| it.strip_suffix("@cinemaxsai.example"));
        let subject = token.and_then(|token| keys(&[1]).read_reply_token(token));
        let word = kind.as_str();
        let wanted = if word.starts_with("deletion_") {
            Some(ReplySubject::Deletion(CODE.to_owned()))
        } else if word.starts_with("case_") {
            Some(ReplySubject::Case(NUMBER.to_owned()))
        } else {
            assert_eq!(written.reply_to, "support@cinemaxsai.example", "{kind}");
            None
        };
        assert_eq!(subject, wanted, "{kind}");
        assert_eq!(written.tag.parse::<MailKey>().unwrap(), key());
        assert!(!format!("{written:?}").contains("ada"), "an address is never printed");
    }
}

#[test]
fn no_subject_of_ours_reads_as_a_request() {
    for mail in samples() {
        let subject = letter(&mail, Some(CASE_TEXT), &sender()).unwrap().subject.to_lowercase();
        let letters: String = subject.chars().filter(|char| char.is_alphanumeric()).collect();
        assert_ne!(letters, "deleteaccount", "a reply to it would be a request");
    }
}

#[test]
fn an_acknowledgement_depends_on_the_time_alone() {
    let mail = |received: &str| {
        let received_at = at(received);
        let mail = Mail::Acknowledgement { received_at, due_at: at("2026-12-30T10:52:00Z") };
        let to = Mailbox::parse("ada@example.org").unwrap();
        compose(&key(), &mail, None, &to, &sender(), &keys(&[1])).unwrap()
    };
    let written = mail("2026-11-30T10:52:00Z");
    assert_eq!(written, mail("2026-11-30T10:52:59Z"), "seconds are not shown");
    assert!(!written.text.contains(ACCOUNT) && !written.text.contains(CODE));
}

#[test]
fn what_people_write_stays_text() {
    let attack = "\"><script>alert(1)</script>\r\nBcc: eve@example.com";
    let mail = Mail::NewDevice { device: attack.into(), provider: attack.into(), at: at("2026-12-01T09:30:00Z") };
    let titled = Mail::NewFeatures { title: attack.into(), features: Vec::new() };
    for mail in [mail, titled] {
        let written = letter(&mail, None, &sender()).unwrap();
        assert!(!written.subject.contains(['\r', '\n']), "{}", written.subject);
        assert!(!written.html(&sender(), None).unwrap().contains("<script"));
    }
    let missing = Mail::CaseAnswer { number: NUMBER.into(), reply: 0 };
    assert_eq!(letter(&missing, None, &sender()).unwrap_err().code(), "internal");
}
