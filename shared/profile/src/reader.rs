//! The read of an account.

use crate::view::AccountView;
use accounts::{AccountStore, DeletionMark, FreshCaller, LinkedIdentity, Profile};
use aws::{Item, Table};
use credits::{Balance, CreditStore};
use kernel::{Caller, Error, Result, Timestamp};
use media::MediaStore;

/// Reads accounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountReader {
    accounts: AccountStore,
    credits: CreditStore,
    media: MediaStore,
}

/// An account as it is stored. The profile is the item itself, because a change compares what it replaces.
pub struct StoredAccount {
    profile: Item,
    balance: Balance,
    identities: Vec<LinkedIdentity>,
    mark: Option<DeletionMark>,
}

impl AccountReader {
    /// A reader of these stores. It signs links to the bucket and sends it no request.
    #[must_use]
    pub fn new(accounts: AccountStore, credits: CreditStore, media: MediaStore) -> Self {
        Self { accounts, credits, media }
    }

    /// The store of the accounts.
    #[must_use]
    pub fn accounts(&self) -> &AccountStore {
        &self.accounts
    }

    /// Reads the caller's account in one consistent request. The session may have ended by now.
    ///
    /// # Errors
    /// `unauthenticated` when the account does not exist any more; `unavailable` when AWS does not answer.
    pub async fn read(&self, caller: &Caller) -> Result<StoredAccount> {
        let (account, _) = self.read_with(caller, None).await?;
        account.ok_or(Error::Unauthenticated)
    }

    /// Reads the caller's account and checks that the session is alive, in one consistent request.
    ///
    /// # Errors
    /// As for [`Self::read`]; `unauthenticated` also when the session has ended or expired.
    pub async fn read_fresh(&self, caller: &Caller, now: Timestamp) -> Result<(FreshCaller, StoredAccount)> {
        let (_, session) = self.accounts.session_key(caller);
        let (account, session) = self.read_with(caller, Some(&session)).await?;
        let caller = FreshCaller::from_session(caller, session, now)?;
        Ok((caller, account.ok_or(Error::Unauthenticated)?))
    }

    /// The account for its person. `signed_at` is the real time, because S3 compares the link with its own clock.
    ///
    /// # Errors
    /// `internal` when the profile does not parse, or the link cannot be signed.
    pub fn view(&self, account: StoredAccount, signed_at: Timestamp) -> Result<AccountView> {
        let StoredAccount { profile, balance, identities, mark } = account;
        AccountView::new(aws::read(profile)?, &balance, identities, mark, &self.media, signed_at)
    }

    /// The account for its person, with the profile after a change.
    ///
    /// # Errors
    /// `internal` when the link cannot be signed.
    pub fn view_with(&self, account: StoredAccount, profile: Profile, signed_at: Timestamp) -> Result<AccountView> {
        let StoredAccount { balance, identities, mark, .. } = account;
        AccountView::new(profile, &balance, identities, mark, &self.media, signed_at)
    }

    /// The account, and the item of the session if its sort key is given.
    async fn read_with(&self, caller: &Caller, session: Option<&str>) -> Result<(Option<StoredAccount>, Option<Item>)> {
        let (account, identities) = (caller.account.to_string(), AccountStore::identity_keys());
        let account = account.as_str();
        let ((accounts, profile), (credits, balance)) = (self.accounts.profile_key(), self.credits.balance_key());
        let (marks, mark) = self.accounts.deletion_mark_key();
        let mut keys: Vec<(&Table, &str, &str)> =
            vec![(accounts, account, profile), (credits, account, balance), (marks, account, mark)];
        keys.extend(identities.iter().map(|identity| (accounts, account, identity.as_str())));
        keys.extend(session.map(|session| (accounts, account, session)));
        let mut found = self.accounts.db().batch_get_all(&keys).await?.into_iter();
        let (profile, balance, mark) = (found.next().flatten(), found.next().flatten(), found.next().flatten());
        let identities = AccountStore::identities_of(found.by_ref().take(identities.len()))?;
        let session = found.next().flatten();
        let account = match (profile, balance) {
            (Some(profile), Some(balance)) => {
                let (balance, mark) = (aws::read(balance)?, mark.map(aws::read).transpose()?);
                Some(StoredAccount { profile, balance, identities, mark })
            }
            // An access token stays valid for some minutes after the erasure of its account.
            _ => None,
        };
        Ok((account, session))
    }
}

impl StoredAccount {
    /// The item of the profile.
    #[must_use]
    pub fn profile_item(&self) -> &Item {
        &self.profile
    }
}
