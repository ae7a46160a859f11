//! The key of a mail's row, in its three forms: in the table, in a message, and as a tag at SES.

use kernel::{AccountId, Error, MailId, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The prefix of the sort keys of mails. The id follows.
pub(crate) const MAIL: &str = "mail#";

/// Most characters of a partition in a tag. Account ids have 36.
const PARTITION_CHARS: usize = 64;

/// A table that has rows of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTable {
    /// Mails of accounts. The partition is the account id.
    Accounts,
    /// Mails about cases of people without an account. The partition is the case number.
    Cases,
    /// Mails about requests for deletion, and mails after an erasure. The partition is the code.
    DeletionReceipts,
}

impl MailTable {
    /// All tables that have rows of mails.
    pub const ALL: [Self; 3] = [Self::Accounts, Self::Cases, Self::DeletionReceipts];

    /// The name of the table in the template.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "Accounts",
            Self::Cases => "Cases",
            Self::DeletionReceipts => "DeletionReceipts",
        }
    }

    /// The letter of the table in tags.
    fn letter(self) -> &'static str {
        match self {
            Self::Accounts => "a",
            Self::Cases => "c",
            Self::DeletionReceipts => "d",
        }
    }
}

/// The key of a row. As JSON it is the message that wakes `send-mail`: it has ids alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailKey {
    /// The table.
    pub table: MailTable,
    /// The partition.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl MailKey {
    /// The key of a mail.
    #[must_use]
    pub fn new(table: MailTable, partition: impl Into<String>, id: MailId) -> Self {
        Self { table, pk: partition.into(), sk: sort_key(id) }
    }

    /// The id of the mail.
    ///
    /// # Errors
    /// `not_found` when the key is not that of a mail.
    pub fn id(&self) -> Result<MailId> {
        self.sk.strip_prefix(MAIL).ok_or(Error::NotFound)?.parse()
    }

    /// The account that the mail belongs to. `None` for mails of people without an account.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        if self.table == MailTable::Accounts { self.pk.parse().ok() } else { None }
    }

    /// The value of the tag `mail` at SES: `<letter of the table>_<partition>_<mail id>`, of `A-Z a-z 0-9 _ -`.
    ///
    /// # Errors
    /// `not_found` when the key is not that of a mail.
    pub fn tag(&self) -> Result<String> {
        Ok(format!("{}_{}_{}", self.table.letter(), self.pk, self.id()?))
    }
}

/// Reads a tag. A partition may contain `_`, the letter and the id contain none.
impl FromStr for MailKey {
    type Err = Error;

    /// # Errors
    /// `not_found` for a text that is no tag of ours.
    fn from_str(tag: &str) -> Result<Self> {
        let (letter, rest) = tag.split_once('_').ok_or(Error::NotFound)?;
        let (partition, id) = rest.rsplit_once('_').ok_or(Error::NotFound)?;
        let table = MailTable::ALL.into_iter().find(|table| table.letter() == letter).ok_or(Error::NotFound)?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if partition.is_empty() || partition.len() > PARTITION_CHARS || !partition.bytes().all(fits) {
            return Err(Error::NotFound);
        }
        Ok(Self::new(table, partition, id.parse()?))
    }
}

impl fmt::Display for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.table.name(), self.pk, self.sk)
    }
}

/// The sort key of a mail.
pub(crate) fn sort_key(id: MailId) -> String {
    format!("{MAIL}{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "01929e6b-6c00-7000-8000-0123456789ab";

    fn key(table: MailTable, partition: &str) -> MailKey {
        MailKey::new(table, partition, ID.parse().unwrap())
    }

    #[test]
    fn a_tag_names_the_row_and_fits_what_ses_takes() {
        for (table, partition) in [
            (MailTable::Accounts, ID),
            (MailTable::Cases, "C-7Q4K-2M9D"),
            (MailTable::DeletionReceipts, "_a-b_c-d_e-f_g-h_i-j_k-l_w_"),
        ] {
            let key = key(table, partition);
            let tag = key.tag().unwrap();
            assert_eq!(tag.parse::<MailKey>().unwrap(), key, "{tag}");
            assert!(tag.len() <= 256 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        }
    }

    #[test]
    fn another_text_is_no_tag() {
        let long = "x".repeat(65);
        for tag in [
            "",
            "a",
            "a_",
            "a__",
            &format!("a_{ID}"),
            &format!("a__{ID}"),
            &format!("b_{ID}_{ID}"),
            &format!("a_x y_{ID}"),
            &format!("a_x#y_{ID}"),
            &format!("a_{long}_{ID}"),
            &format!("a_{ID}_mail"),
            "ses:from-domain",
        ] {
            assert_eq!(tag.parse::<MailKey>().unwrap_err().code(), "not_found", "{tag:?}");
        }
    }

    #[test]
    fn a_message_has_ids_alone() {
        let key = key(MailTable::Accounts, ID);
        let message = json!({ "table": "accounts", "pk": ID, "sk": format!("mail#{ID}") });
        assert_eq!(serde_json::to_value(&key).unwrap(), message);
        assert_eq!(serde_json::from_value::<MailKey>(message).unwrap(), key);
        assert_eq!((key.account().unwrap().to_string(), key.id().unwrap().to_string()), (ID.into(), ID.into()));
        let other = MailKey { sk: "profile".to_owned(), ..key };
        assert!(other.id().is_err() && other.tag().is_err());
        assert_eq!(MailKey { table: MailTable::Cases, ..other }.account(), None);
    }
}
