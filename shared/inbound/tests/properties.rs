//! Any bytes are read without a panic, and the same mail is judged in the same way.
#![expect(clippy::unwrap_used, reason = "the texts of the helpers are valid")]

use inbound::{Address, Judgement, Limits, Ours, Receipt, Strength, Verdict, judge, read};
use proptest::prelude::*;

fn ours() -> Ours {
    Ours {
        support: Address::parse("support@cinemaxsai.example").unwrap(),
        domains: vec!["cinemaxsai.example".to_owned()],
        footers: vec!["Delete Account".to_owned()],
    }
}

fn receipt(dmarc: Verdict) -> Receipt {
    Receipt {
        ses_id: "id".to_owned(),
        received_at: "2026-11-30T12:00:00Z".parse().unwrap(),
        mail_from: "jo@example.com".to_owned(),
        recipients: vec!["support@cinemaxsai.example".to_owned()],
        spf: Verdict::Pass,
        dkim: Verdict::Pass,
        dmarc,
        spam: Verdict::Pass,
        virus: Verdict::Pass,
    }
}

/// The judgement of some bytes. Without a mail it is that of an unreadable one.
fn judged(raw: &[u8], dmarc: Verdict) -> Judgement {
    match read(raw, &Limits::default()) {
        Ok(mail) => judge(&mail, &receipt(dmarc), &ours()),
        Err(why) => Judgement::unreadable(why),
    }
}

/// Lines that a mail may have, with odd values.
fn line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "Content-Type",
        "DKIM-Signature",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Auto-Submitted",
        "",
    ]);
    let value = prop_oneof![
        any::<String>(),
        "[-a-z<>()@,:;\"\\\\. \r\n\t=?]{0,60}",
        "=\\?(utf-8|gb18030|iso-2022-jp|x)\\?[qQbB]\\?[A-Za-z0-9+/=_]{0,40}\\?=",
        "(text|multipart)/[a-z]{1,9}; (boundary|charset)=\"?[a-z0-9-]{0,9}\"?",
        "v=1; a=rsa-sha256; d=example.com; s=s; h=[a-z:]{0,20}; bh=AAAA; b=[A-Za-z0-9+/=]{0,40}",
        Just("jo@example.com".to_owned()),
        Just("Delete Account".to_owned()),
    ];
    (name, value, prop::sample::select(vec!["\r\n", "\n", "\r", "\r\n\r\n", "\r\n--b\r\n"]))
        .prop_map(|(name, value, end)| format!("{name}: {value}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        let judgement = judged(&raw, Verdict::Pass);
        prop_assert_ne!(judgement.unreadable, Some(inbound::Unreadable::Panic));
    }

    #[test]
    fn any_lines_are_read_without_a_panic(lines in prop::collection::vec(line(), 0..20)) {
        let judgement = judged(lines.concat().as_bytes(), Verdict::Pass);
        prop_assert_ne!(judgement.unreadable, Some(inbound::Unreadable::Panic));
    }

    #[test]
    fn a_mail_is_judged_in_one_way(lines in prop::collection::vec(line(), 0..20)) {
        let raw = lines.concat();
        prop_assert_eq!(judged(raw.as_bytes(), Verdict::Pass), judged(raw.as_bytes(), Verdict::Pass));
    }

    #[test]
    fn nothing_is_proven_where_dmarc_fails(lines in prop::collection::vec(line(), 0..20)) {
        let judgement = judged(lines.concat().as_bytes(), Verdict::Fail);
        prop_assert_eq!(judgement.strength, Strength::Nothing);
    }

    #[test]
    fn any_text_as_an_address_is_itself_again(text in "\\PC{0,30}@[a-z]{1,9}\\.example") {
        if let Some(address) = Address::parse(&text) {
            prop_assert_eq!(Address::parse(&address.to_string()), Some(address));
        }
    }
}
