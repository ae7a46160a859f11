//! The receipt of a deletion for people. Its signature is over the text that the page shows.

use crate::receipt::SignedReceipt;
use serde_json::Value;

/// The receipt as HTML: what was erased, what is kept and why, and the signed text.
pub(super) fn html(receipt: &SignedReceipt) -> String {
    let content: Value = serde_json::from_str(&receipt.text).unwrap_or_default();
    let erased: String = content["erased"].as_object().into_iter().flatten().map(row).collect();
    let kept: String = content["kept"].as_array().into_iter().flatten().map(kept).collect();
    let SignedReceipt { text, signature, key_id } = receipt;
    format!(
        "<section class=\"receipt\" aria-labelledby=\"receipt\">\n<h2 id=\"receipt\">Receipt</h2>\n\
         <table>\n<caption class=\"sr\">What was erased</caption>\n<tbody>\n{erased}</tbody>\n</table>\n\
         <h3>What is kept, and why</h3>\n<ul>\n{kept}</ul>\n\
         <details><summary>The signed text</summary>\n<p>{}</p>\n\
         <p>Signature (Ed25519, key {}): {}</p>\n</details>\n</section>\n",
        escaped(text),
        escaped(key_id),
        escaped(signature)
    )
}

/// A kind of data, and how much of it was erased.
fn row((name, count): (&String, &Value)) -> String {
    let number = |field: &str| count[field].as_u64().unwrap_or_default();
    let total = number("items") + number("objects");
    format!("<tr><th scope=\"row\">{}</th><td class=\"num\">{total}</td></tr>\n", escaped(&name.replace('_', " ")))
}

/// Data that is kept.
fn kept(kept: &Value) -> String {
    let text = |field: &str| escaped(kept[field].as_str().unwrap_or_default());
    let until = match kept["until"].as_str() {
        Some(until) => format!(", until {}", escaped(until.split('T').next().unwrap_or(until))),
        None => String::new(),
    };
    format!("<li>{}: {}{until}</li>\n", text("what"), text("why"))
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_receipt_shows_counts_reasons_and_the_signed_text() {
        let content = json!({
            "erased": { "media": { "items": 2, "objects": 3 }, "sign_ins": { "items": 4 } },
            "kept": [
                { "what": "a hash", "why": "a <reason>", "until": "2027-04-22T08:00:00Z" },
                { "what": "this receipt", "why": "proof", "until": null },
            ],
        });
        let receipt =
            SignedReceipt { text: content.to_string(), signature: "c2ln".to_owned(), key_id: "key".to_owned() };
        let html = html(&receipt);
        for part in [
            "<th scope=\"row\">media</th><td class=\"num\">5</td>",
            "<th scope=\"row\">sign ins</th><td class=\"num\">4</td>",
            "<li>a hash: a &lt;reason&gt;, until 2027-04-22</li>",
            "<li>this receipt: proof</li>",
            "key key): c2ln",
        ] {
            assert!(html.contains(part), "{part} must be in {html}");
        }
        assert!(html.contains(&escaped(&receipt.text)), "the signature is over this text: {html}");
    }
}
