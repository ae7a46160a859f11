//! The sender's own words in a body: no quotation, no forwarded mail, no signature, and no footer of ours.

use crate::words::fold::fold;

/// Words that begin the line above a quotation, in common languages.
const ATTRIBUTIONS: [&str; 14] = [
    "wrote:",
    "writes:",
    "schrieb:",
    "a écrit",
    "escribió:",
    "escreveu:",
    "ha scritto:",
    "schreef",
    "skrev",
    "napisał",
    "написал",
    "写道",
    "寫道",
    "さんは",
];
/// The first field of the header block that clients put above a mail that is answered or forwarded.
const FROM: [&str; 12] =
    ["from:", "von:", "de:", "da:", "van:", "från:", "fra:", "od:", "от:", "kimden:", "发件人:", "差出人:"];
/// The fields that follow it.
const AFTER_FROM: [&str; 20] = [
    "sent:",
    "date:",
    "subject:",
    "to:",
    "gesendet:",
    "datum:",
    "betreff:",
    "envoyé :",
    "envoyé:",
    "enviado:",
    "inviato:",
    "verzonden:",
    "skickat:",
    "sendt:",
    "wysłano:",
    "отправлено:",
    "objet :",
    "asunto:",
    "发送时间:",
    "送信日時:",
];
/// How many lines after the first field the next one stands at most.
const NEAR: usize = 4;

/// The sender's own words of a text, folded, without the footers of our mails.
pub(crate) fn own_words(text: &str, footers: &[String]) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let own = lines.iter().enumerate().take_while(|(at, line)| !begins_quotation(&lines, *at, line));
    let own: Vec<_> = own.map(|(_, line)| *line).filter(|line| !line.starts_with(['>', '|'])).collect();
    let own = fold(&own.join("\n"));
    footers
        .iter()
        .map(|footer| fold(footer))
        .filter(|footer| !footer.is_empty())
        .fold(own, |own, footer| own.replace(&footer, " "))
}

/// Whether the line begins what others wrote, or the signature.
fn begins_quotation(lines: &[&str], at: usize, line: &str) -> bool {
    let is_ruler = line.len() >= 5 && line.starts_with("--") && line.ends_with("--");
    let folded = line.to_lowercase();
    let is_attribution = ATTRIBUTIONS.iter().any(|words| folded.contains(words)) && line.ends_with([':', '：']);
    // A long attribution is wrapped: its address stands on this line, and its end on the next one.
    let next = lines.get(at + 1).map(|next| next.to_lowercase()).unwrap_or_default();
    let is_wrapped = line.contains('<') && ATTRIBUTIONS.iter().any(|words| next.ends_with(words)) && next.len() < 60;
    let unmarked = |line: &str| line.trim_start_matches('*').replace(":*", ":").replace('：', ":").to_lowercase();
    let is_head = FROM.iter().any(|field| unmarked(line).starts_with(field))
        && lines.iter().skip(at + 1).take(NEAR).any(|next| {
            let next = unmarked(next);
            AFTER_FROM.iter().any(|field| next.starts_with(field))
        });
    line == "--" || is_ruler || is_attribution || is_wrapped || is_head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_signatures_and_footers_are_no_own_words() {
        let footer = "To delete your account, write to us with the subject Delete Account".to_owned();
        for text in [
            "Hi there\n> Delete Account",
            "Hi there\n\nOn Mon, 30 Nov 2026, Jo wrote:\nDelete Account",
            "Hi there\nOn Mon, 30 Nov 2026 at 10:00 Jo <jo@example.com>\nwrote:\nDelete Account",
            "Hi there\n\n-----Original Message-----\nDelete Account",
            "Hi there\n---------- Forwarded message ---------\nDelete Account",
            "Hi there\n\nFrom: Jo\nSent: Monday\nTo: support\nSubject: Delete Account\n",
            "Hi there\n*Von:* Jo\n*Gesendet:* Montag\n",
            "Hi there\n-- \nDelete Account",
            "Hi there\nTo delete your account, write\nto us with the subject Delete Account.",
        ] {
            let own = own_words(text, std::slice::from_ref(&footer));
            assert_eq!(own.trim_end_matches([' ', '.']), "hi there", "{text}");
        }
    }

    #[test]
    fn own_words_are_kept() {
        assert_eq!(own_words("Please\ndelete my account.\n\nJo", &[]), "please delete my account. jo");
        assert_eq!(own_words("From: the heart, thank you\nJo", &[]), "from: the heart, thank you jo");
    }
}
