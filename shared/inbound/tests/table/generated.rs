//! The mails of the table that are made here, because they are large or repeat one thing.

/// A signature of the right form. The verdicts of the table say whether it passes.
const SIGNATURE: &str =
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=fake; h=from:to:subject:date; bh=AAAA;\r\n b=";

/// The mail that a row of the table names.
pub fn generate(name: &str) -> Vec<u8> {
    let hello = |body: String| mail("Hello", "", &body);
    let text = match name {
        "mail-of-40-mb" => attachment(40_000_000, "application/octet-stream"),
        "mail-of-50-mb" => attachment(50_000_000, "application/octet-stream"),
        "zip-bomb" => attachment(1_000_000, "application/zip"),
        "nested-to-the-limit" => nested(10),
        "nested-too-deep" => nested(1000),
        "too-many-parts" => mail("Hello", MIXED, &"--b\r\n\r\nHi\r\n".repeat(1000)),
        "too-many-headers" => mail("Delete Account", &"X-Header: value\r\n".repeat(1000), ""),
        "too-long-a-header" => mail("Delete Account", &format!("X-Header: {}\r\n", "a".repeat(100_000)), ""),
        "too-long-a-head" => mail("Delete Account", &format!("X-Header: {}\r\n", "a".repeat(1000)).repeat(300), ""),
        "head-of-a-part-too-long" => mail("Hello", MIXED, &format!("--b\r\nX-Header: {}", "a".repeat(300_000))),
        "long-subject" => mail(&"Delete ".repeat(9000), "", ""),
        "long-encoded-subject" => mail(&format!("Delete Account {}", "=?utf-8?Q?a?= ".repeat(4000)), "", ""),
        "long-boundary" => {
            let boundary = "b".repeat(5000);
            let header = format!("Content-Type: multipart/mixed; boundary={boundary}\r\n");
            mail("Hello", &header, &format!("--{boundary}\r\n\r\nHi\r\n--{boundary}--\r\n"))
        }
        "thousand-comments-in-from" => mail("Delete Account", "", "")
            .replace("From: jo@example.com", &format!("From: {}jo@example.com", "(".repeat(1000))),
        "thousand-recipients" => {
            let others: String = (0..1000).map(|number| format!("ann{number}@example.org,\r\n ")).collect();
            mail("Delete Account", "", "").replace("To: ", &format!("To: {others}"))
        }
        "empty-file" => String::new(),
        "random-bytes" => return noise(10_000),
        "text-of-a-megabyte" => hello("A long story.\r\n".repeat(70_000)),
        "many-open-tags" => mail("Hello", "Content-Type: text/html\r\n", &"<div><blockquote>".repeat(50_000)),
        other => panic!("no mail is made for generate = {other:?}"),
    };
    text.into_bytes()
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\r\n";

fn mail(subject: &str, headers: &str, body: &str) -> String {
    // 256 bytes, as the signature of a key of 2048 bits.
    let signature = format!("{SIGNATURE}{}A==\r\n", "Q0J".repeat(85) + &"A".repeat(85) + "A");
    format!(
        "{signature}From: jo@example.com\r\nTo: support@cinemaxsai.example\r\nSubject: {subject}\r\n\
         Date: Mon, 30 Nov 2026 11:59:30 +0000\r\n{headers}\r\n{body}"
    )
}

fn attachment(bytes: usize, media: &str) -> String {
    let line = format!("{}\r\n", "A".repeat(76));
    let body = format!(
        "--b\r\n\r\nThanks\r\n--b\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=a\r\n\r\n{}--b--\r\n",
        line.repeat(bytes / line.len())
    );
    mail("Delete Account", MIXED, &body)
}

fn nested(depth: usize) -> String {
    let header = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}\r\n");
    let body: String = (1..depth).map(|level| format!("--b{}\r\n{}\r\n", level - 1, header(level))).collect();
    mail("Hello", &header(0), &format!("{body}--b{}\r\n\r\nDelete Account\r\n", depth - 1))
}

/// Bytes without a pattern (xorshift, Marsaglia 2003).
fn noise(count: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}
