//! The facts of a mail that need no store.

use crate::{
    judge::automatic::Automatic,
    mail::{address::Address, unreadable::Unreadable},
    words::subject::{Request, Wording},
};
use std::fmt;

/// How surely the mail comes from its From address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Nothing passes for the From domain, or it is not clear which address that is.
    Nothing,
    /// The domain has no DMARC policy, and SPF or DKIM passes for exactly the From domain.
    Gray,
    /// DMARC passes.
    Pass,
    /// DMARC passes, a signature of exactly the From domain covers the request, and the mail is a request by itself.
    Strong,
}

/// Why the strength is no higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no From header.
    FromMissing,
    /// There is more than one From header, or more than one mailbox.
    FromSeveral,
    /// From has a group.
    FromGroup,
    /// From can be read in more than one way.
    FromAmbiguous,
    /// A header that may stand once stands twice.
    DoubledHeader,
    /// The header block can be read in more than one way.
    AmbiguousHead,
    /// SES could not process SPF, DKIM or DMARC.
    ProcessingFailed,
    /// DMARC fails, whatever the policy of the domain says.
    DmarcFailed,
    /// Neither SPF nor DKIM passes for the From domain.
    NothingPasses,
    /// The domain has no DMARC policy.
    NoPolicy,
    /// The body has a NUL, a bare CR or a bare LF.
    OddBody,
    /// DKIM does not pass, or there is no signature.
    NoSignature,
    /// A signature cannot be read, or there are too many.
    MalformedSignature,
    /// A signature is not of exactly the From domain. SES does not say which signature passes, so each must be.
    OtherDomain,
    /// A signature has `l=`, a weak algorithm or a short key.
    WeakSignature,
    /// A signature does not cover From, Subject and Date.
    Uncovered,
    /// Neither is the envelope sender the From address, nor does a signature cover that the mail was written to us.
    RecipientUnproven,
    /// Date is missing, or cannot be read.
    NoDate,
    /// Date is more than five days from the receipt.
    DateFar,
    /// The mail is a reply.
    Reply,
    /// The mail is a forward.
    Forward,
    /// The mail is automatic.
    Automatic,
}

impl Reason {
    /// The stable code, for records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FromMissing => "from_missing",
            Self::FromSeveral => "from_several",
            Self::FromGroup => "from_group",
            Self::FromAmbiguous => "from_ambiguous",
            Self::DoubledHeader => "doubled_header",
            Self::AmbiguousHead => "ambiguous_head",
            Self::ProcessingFailed => "processing_failed",
            Self::DmarcFailed => "dmarc_failed",
            Self::NothingPasses => "nothing_passes",
            Self::NoPolicy => "no_policy",
            Self::OddBody => "odd_body",
            Self::NoSignature => "no_signature",
            Self::MalformedSignature => "malformed_signature",
            Self::OtherDomain => "other_domain",
            Self::WeakSignature => "weak_signature",
            Self::Uncovered => "uncovered",
            Self::RecipientUnproven => "recipient_unproven",
            Self::NoDate => "no_date",
            Self::DateFar => "date_far",
            Self::Reply => "reply",
            Self::Forward => "forward",
            Self::Automatic => "automatic",
        }
    }
}

/// The facts of a mail, and the keys to look up before [`decide`](crate::decide()) says what happens.
#[derive(Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Why the mail was not read. Then nothing else is known.
    pub unreadable: Option<Unreadable>,
    /// The From address, if it is clear. Accounts are looked up by exactly this address. It is proven only if the strength
    /// is above [`Strength::Nothing`].
    pub from: Option<Address>,
    /// How surely the mail comes from it.
    pub strength: Strength,
    /// The request of the mail.
    pub request: Request,
    /// Why no person has sent the mail.
    pub automatic: Option<Automatic>,
    /// Whether the mail answers a mail to somebody else, with us in copy. It asks nothing for anybody.
    pub is_reply_to_all: bool,
    /// The token after the `+` of the address that the mail was sent to, in lower case.
    pub reply_token: Option<String>,
    /// The ids in In-Reply-To. One of ours makes the mail a reply to a mail of ours. References alone do not, because one
    /// webmail sets them on new mails.
    pub in_reply_to: Vec<String>,
    /// The Message-ID. It says whether the mail is one of ours, and tells no copies.
    pub message_id: Option<String>,
    /// The identities of the DKIM signatures. The mail was used before if a keyed hash of any of them is known.
    pub signatures: Vec<String>,
    /// Why the strength is no higher. Empty for [`Strength::Strong`].
    pub reasons: Vec<Reason>,
}

impl Judgement {
    /// The judgement of a mail that was not read.
    #[must_use]
    pub fn unreadable(why: Unreadable) -> Self {
        Self {
            unreadable: Some(why),
            from: None,
            strength: Strength::Nothing,
            request: Request::Delete(Wording::Guessed),
            automatic: None,
            is_reply_to_all: false,
            reply_token: None,
            in_reply_to: Vec::new(),
            message_id: None,
            signatures: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// Whether the mail comes from the domain of its From address.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        self.strength > Strength::Nothing
    }
}

impl fmt::Debug for Judgement {
    /// Prints codes alone: no address, id, token or text of the mail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judgement")
            .field("unreadable", &self.unreadable)
            .field("strength", &self.strength)
            .field("request", &self.request)
            .field("automatic", &self.automatic)
            .field("is_reply_to_all", &self.is_reply_to_all)
            .field("reasons", &self.reasons)
            .finish_non_exhaustive()
    }
}
