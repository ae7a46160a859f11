//! The rows of `mails.toml`.

use crate::table::generated::generate;
use inbound::{Address, Judgement, Known, KnownAccount, Ours, Receipt, ReplyTo, SignatureUse, Verdict};
use kernel::AccountId;
use serde::Deserialize;
use std::path::PathBuf;
use uuid::Uuid;

/// The table.
#[derive(Deserialize)]
pub struct Table {
    accounts: Vec<Holder>,
    /// The rows.
    pub mail: Vec<Case>,
}

#[derive(Deserialize)]
struct Holder {
    address: String,
    ids: Vec<u128>,
    #[serde(default)]
    is_closing: bool,
}

/// A row. Fields of the recipe alone are read by `mails/make.py`.
#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub row: String,
    pub does: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub why: String,
    #[serde(default)]
    pub automatic: String,
    #[serde(default)]
    pub unreadable: String,
    #[serde(default)]
    pub token: String,
    #[serde(default = "jo")]
    pub holder: String,
    #[serde(default)]
    generate: Option<String>,
    #[serde(default = "jo")]
    mail_from: String,
    #[serde(default = "support")]
    recipients: Vec<String>,
    #[serde(default = "pass")]
    spf: String,
    #[serde(default = "pass")]
    dkim: String,
    #[serde(default = "pass")]
    dmarc: String,
    #[serde(default = "pass")]
    spam: String,
    #[serde(default = "pass")]
    virus: String,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    event_seen: bool,
    #[serde(default)]
    reply: String,
    #[serde(default)]
    own_message: bool,
}

fn jo() -> String {
    "jo@example.com".to_owned()
}

fn support() -> Vec<String> {
    vec!["support@cinemaxsai.example".to_owned()]
}

fn pass() -> String {
    "PASS".to_owned()
}

/// The folder of the tests.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// What is ours in the table.
pub fn ours() -> Ours {
    Ours {
        support: Address::parse("support@cinemaxsai.example").expect("the address is valid"),
        domains: vec!["cinemaxsai.example".to_owned()],
        footers: vec!["To delete your account, write to support with the subject \"Delete Account\"".to_owned()],
    }
}

impl Table {
    /// Reads the table.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(folder().join("mails.toml")).expect("tests/mails.toml is readable");
        toml::from_str(&text).unwrap_or_else(|error| panic!("tests/mails.toml: {error}"))
    }

    /// The accounts of an address.
    pub fn accounts_of(&self, address: &str) -> Vec<AccountId> {
        self.known_of(address).iter().map(|account| account.id).collect()
    }

    fn known_of(&self, address: &str) -> Vec<KnownAccount> {
        let holders = self.accounts.iter().filter(|holder| holder.address == address);
        let accounts = holders.flat_map(|holder| {
            holder
                .ids
                .iter()
                .map(|id| KnownAccount { id: AccountId::new(Uuid::from_u128(*id)), is_closing: holder.is_closing })
        });
        accounts.collect()
    }
}

impl Case {
    /// The stored mail.
    pub fn raw(&self) -> Vec<u8> {
        if let Some(name) = &self.generate {
            return generate(name);
        }
        let path = folder().join(format!("mails/{}.eml", self.name));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}. Run mails/make.py", path.display()))
    }

    /// The event of SES.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            ses_id: self.name.clone(),
            received_at: "2026-11-30T12:00:00Z".parse().expect("the time is valid"),
            mail_from: self.mail_from.clone(),
            recipients: self.recipients.clone(),
            spf: Verdict::parse(&self.spf),
            dkim: Verdict::parse(&self.dkim),
            dmarc: Verdict::parse(&self.dmarc),
            spam: Verdict::parse(&self.spam),
            virus: Verdict::parse(&self.virus),
        }
    }

    /// What the stores know of the mail.
    pub fn known(&self, table: &Table, judgement: &Judgement) -> Known {
        let from = judgement.from.as_ref().map(Address::to_string);
        Known {
            accounts: from.map(|from| table.known_of(&from)).unwrap_or_default(),
            is_seen: self.event_seen,
            signature: match self.seen.as_str() {
                "" => SignatureUse::New,
                "open" => SignatureUse::OpenRequest,
                "used" => SignatureUse::Used,
                other => panic!("{}: seen = {other:?} is not known", self.name),
            },
            reply: match self.reply.as_str() {
                "" => ReplyTo::Nothing,
                "deletion" => ReplyTo::Deletion("a1b2".to_owned()),
                "other" => ReplyTo::OtherMail,
                other => panic!("{}: reply = {other:?} is not known", self.name),
            },
            is_own_message: self.own_message,
        }
    }
}
