//! The personal data of this slice: profile, identities, sessions and sign-ins.

use crate::{
    items::{Identity, Profile, Session, SignInEntry},
    keys,
    store::AccountStore,
};
use aws::{Condition, WriteOutcome};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::{Value, json};

const TABLE: &str = "Accounts";

/// The prefixes of this slice's items in an account's partition. Other slices have items there too.
const OURS: [&str; 4] = [keys::PROFILE, keys::IDENTITY, keys::SESSION, keys::SIGN_IN];

impl PersonalData for AccountStore {
    fn claims(&self) -> &'static [Claim] {
        const ACCOUNT: &str = "account_id";
        &[
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::PROFILE },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::IDENTITY },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::SESSION },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::SIGN_IN },
            Claim::Items { table: TABLE, partition: "google#", prefix: keys::ACCOUNT },
        ]
    }

    fn reverse_keys(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let partitions = self.partitions_that_lead_to(account).await?;
            Ok(partitions.into_iter().map(|partition| key(partition, keys::ACCOUNT)).collect())
        })
    }

    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let pk = account.to_string();
            let profile: Option<Profile> = self.table().get(&pk, keys::PROFILE).await?;
            let identities: Vec<Identity> = self.table().query(&pk).prefix(keys::IDENTITY).all().await?;
            let sessions: Vec<Session> = self.table().query(&pk).prefix(keys::SESSION).all().await?;
            let sign_ins: Vec<SignInEntry> = self.table().query(&pk).prefix(keys::SIGN_IN).all().await?;
            let profile = profile.iter().map(|profile| ("profile", readable_profile(profile)));
            let identities = identities.iter().map(|identity| ("identities", readable_identity(identity)));
            let sessions = sessions.iter().map(|session| ("sessions", readable_session(session)));
            let sign_ins = sign_ins.iter().map(|entry| ("sign_ins", readable_entry(entry)));
            let records = profile.chain(identities).chain(sessions).chain(sign_ins);
            Ok(records.map(|(section, json)| Record { section, json: json.to_string() }).collect())
        })
    }

    /// The order matters:
    ///
    /// 1. The reverse keys: a run that ends here leaves the identities, by which the next run finds
    ///    the rest of the reverse keys.
    /// 2. The profile: without it, a concurrent sign-in cannot add items any more.
    /// 3. All other items.
    ///
    /// A reverse key that leads to another account stays: after an interrupted run, the person may
    /// have signed in again and got a new account.
    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let mut erased = Erased::default();
            for partition in self.partitions_that_lead_to(account).await? {
                let ours = Condition::text("account", account.to_string());
                let delete = self.table().delete(&partition, keys::ACCOUNT).when(ours);
                erased.items += u64::from(matches!(delete.apply().await?, WriteOutcome::Applied(_)));
            }
            let pk = account.to_string();
            let profile = self.table().delete(&pk, keys::PROFILE).when(Condition::Exists);
            erased.items += u64::from(matches!(profile.apply().await?, WriteOutcome::Applied(_)));
            for sort in self.own_sort_keys(account).await? {
                self.table().delete(&pk, &sort).apply().await?;
                erased.items += 1;
            }
            Ok(erased)
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let mut found = Vec::new();
            for partition in self.partitions_that_lead_to(account).await? {
                if self.check_leads_to(&partition, account).await? {
                    found.push(key(partition, keys::ACCOUNT));
                }
            }
            let own = self.own_sort_keys(account).await?;
            found.extend(Key::items(TABLE, &account.to_string(), own));
            Ok(found)
        })
    }
}

impl AccountStore {
    async fn partitions_that_lead_to(&self, account: AccountId) -> Result<Vec<String>> {
        let identities: Vec<Identity> = self.table().query(&account.to_string()).prefix(keys::IDENTITY).all().await?;
        Ok(identities.into_iter().map(|identity| keys::reverse(&identity.provider, &identity.subject)).collect())
    }

    async fn own_sort_keys(&self, account: AccountId) -> Result<Vec<String>> {
        let mut sorts = self.table().sort_keys(&account.to_string()).await?;
        sorts.retain(|sort| OURS.iter().any(|ours| sort.starts_with(ours)));
        Ok(sorts)
    }
}

fn key(partition: String, sort: &str) -> Key {
    Key::Item { table: TABLE, partition, sort: sort.to_owned() }
}

fn readable_profile(profile: &Profile) -> Value {
    json!({
        "id": profile.account, "name": profile.name, "email": profile.email,
        "email_verified": profile.email_verified, "picture_url": profile.picture_url, "plan": profile.plan,
        "created_at": profile.created_at, "signed_in_at": profile.signed_in_at, "last_session": profile.last_session,
        "no_addresses_since": profile.no_addresses_since,
    })
}

fn readable_identity(identity: &Identity) -> Value {
    json!({
        "provider": identity.provider, "issuer": identity.issuer, "subject": identity.subject,
        "linked_at": identity.linked_at,
    })
}

/// Without the hashes, which say nothing about the person and protect their session.
fn readable_session(session: &Session) -> Value {
    json!({
        "id": session.session, "device": session.device, "created_at": session.tokens.began_at,
        "last_used_at": session.tokens.rotated_at, "expires_at": session.tokens.expires_at,
        "ended_at": session.tokens.ended_at,
    })
}

fn readable_entry(entry: &SignInEntry) -> Value {
    json!({
        "at": entry.at, "ip": entry.ip, "device": entry.device, "provider": entry.provider,
        "session": entry.session, "expires_at": entry.expires_at,
    })
}

#[cfg(test)]
mod tests;
