//! How strong a PASS is. A PASS of DMARC alone does not prove one person: see the table in ARCHITECTURE.md.

use crate::{
    judge::{
        judgement::{Reason, Strength},
        receipt::{Ours, Receipt, Verdict},
    },
    mail::{
        address::{Address, AddressFault},
        message::Mail,
        signature::Signature,
    },
};
use jiff::SignedDuration;

/// How far Date may be from the receipt. Wider, an older mail can be sent again; the hashes of used signatures are kept
/// for 30 days.
const DATE_WITHIN: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The headers that a signature must cover.
const COVERED: [&str; 3] = ["from", "subject", "date"];

/// The strength, and why it is no higher. `own` are the reasons that lie in what the mail says.
pub(crate) fn strength(mail: &Mail, receipt: &Receipt, ours: &Ours, own: &[Reason]) -> (Strength, Vec<Reason>) {
    let from = match alignment(mail, receipt) {
        Err(reason) => return (Strength::Nothing, vec![reason]),
        Ok((_, Strength::Gray)) => return (Strength::Gray, vec![Reason::NoPolicy]),
        Ok((from, _)) => from,
    };
    let mut reasons = weaknesses(mail, receipt, ours, from);
    reasons.extend(own);
    (if reasons.is_empty() { Strength::Strong } else { Strength::Pass }, reasons)
}

/// Which address the mail comes from, and whether by DMARC ([`Strength::Pass`]) or without a policy ([`Strength::Gray`]).
fn alignment<'a>(mail: &'a Mail, receipt: &Receipt) -> Result<(&'a Address, Strength), Reason> {
    if mail.has_doubled_header {
        return Err(Reason::DoubledHeader);
    }
    if mail.head.is_ambiguous {
        return Err(Reason::AmbiguousHead);
    }
    let from = mail.from.as_ref().map_err(|fault| match fault {
        AddressFault::Missing => Reason::FromMissing,
        AddressFault::Several => Reason::FromSeveral,
        AddressFault::Group => Reason::FromGroup,
        AddressFault::Ambiguous => Reason::FromAmbiguous,
    })?;
    if [receipt.spf, receipt.dkim, receipt.dmarc].contains(&Verdict::ProcessingFailed) {
        return Err(Reason::ProcessingFailed);
    }
    // With a null sender SPF judges the name in HELO, which anybody can have.
    let spf = receipt.spf == Verdict::Pass && !receipt.is_null_sender();
    let dkim = receipt.dkim == Verdict::Pass && !mail.signatures.is_empty();
    match receipt.dmarc {
        Verdict::Fail => Err(Reason::DmarcFailed),
        Verdict::Pass if spf || dkim => Ok((from, Strength::Pass)),
        Verdict::Gray => {
            let is_sender = spf && receipt.sender().is_some_and(|sender| sender.domain() == from.domain());
            let is_signer = dkim && mail.signatures.iter().all(|signature| is_of(signature.as_ref(), from));
            if is_sender || is_signer { Ok((from, Strength::Gray)) } else { Err(Reason::NothingPasses) }
        }
        _ => Err(Reason::NothingPasses),
    }
}

fn is_of(signature: Option<&Signature>, from: &Address) -> bool {
    signature.is_some_and(|signature| signature.domain == from.domain())
}

/// The reasons why a mail with a PASS is not strong.
fn weaknesses(mail: &Mail, receipt: &Receipt, ours: &Ours, from: &Address) -> Vec<Reason> {
    let signatures: Vec<_> = mail.signatures.iter().flatten().collect();
    let is_signed = receipt.dkim == Verdict::Pass && !mail.signatures.is_empty();
    let is_sender = receipt.spf == Verdict::Pass && receipt.sender().as_ref() == Some(from);
    // A header that stands twice is covered in part, so it proves nothing.
    let names_us = |name: &str| mail.head.count(name) == 1 && mail.mailboxes(name).iter().any(|to| ours.is_support(to));
    let (to, cc) = (names_us("to"), names_us("cc"));
    let proves_us = |signature: &&Signature| to && signature.covers("to") || cc && signature.covers("cc");
    let is_to_us = !signatures.is_empty() && signatures.iter().all(proves_us);
    let is_far = mail.date.is_some_and(|date| date.duration_since(receipt.received_at).abs() > DATE_WITHIN);
    [
        (mail.has_odd_body, Reason::OddBody),
        (!is_signed, Reason::NoSignature),
        (signatures.len() != mail.signatures.len(), Reason::MalformedSignature),
        (signatures.iter().any(|signature| !is_of(Some(signature), from)), Reason::OtherDomain),
        (signatures.iter().any(|signature| signature.fault.is_some()), Reason::WeakSignature),
        (signatures.iter().any(|signature| !COVERED.iter().all(|name| signature.covers(name))), Reason::Uncovered),
        (!is_sender && !is_to_us, Reason::RecipientUnproven),
        (mail.date.is_none(), Reason::NoDate),
        (is_far, Reason::DateFar),
    ]
    .into_iter()
    .filter_map(|(is_weak, reason)| is_weak.then_some(reason))
    .collect()
}
