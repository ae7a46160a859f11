//! Reads and judges any bytes. A panic of `mail-parser` is an outcome of `read`, and a finding here.
#![no_main]

use inbound::{Address, Judgement, Known, Limits, Ours, Receipt, Unreadable, Verdict, decide, judge, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let Some(support) = Address::parse("support@cinemaxsai.example") else { return };
    let ours = Ours { support, domains: vec!["cinemaxsai.example".to_owned()], footers: Vec::new() };
    let receipt = Receipt {
        ses_id: "id".to_owned(),
        received_at: jiff::Timestamp::UNIX_EPOCH,
        mail_from: "jo@example.com".to_owned(),
        recipients: vec!["support@cinemaxsai.example".to_owned()],
        spf: Verdict::Pass,
        dkim: Verdict::Pass,
        dmarc: Verdict::Pass,
        spam: Verdict::Pass,
        virus: Verdict::Pass,
    };
    let judgement = match read(raw, &Limits::default()) {
        Ok(mail) => judge(&mail, &receipt, &ours),
        Err(why) => Judgement::unreadable(why),
    };
    assert_ne!(judgement.unreadable, Some(Unreadable::Panic));
    let _ = decide(&judgement, &Known::default());
});
