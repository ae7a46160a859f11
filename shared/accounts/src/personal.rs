//! The personal data of this slice: profile, identities, sessions, sign-ins, choices and notices.

use crate::{
    consents::{choice::Consent, notice::Notice},
    items::{Identity, Profile, Session, SignInEntry},
    keys,
    store::AccountStore,
};
use aws::{Condition, WriteOutcome};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde::Deserialize;
use serde_json::{Value, json};

const TABLE: &str = "Accounts";

/// The prefixes of this slice's items in an account's partition. Other slices have items there too.
const OURS: [&str; 6] = [keys::PROFILE, keys::IDENTITY, keys::SESSION, keys::SIGN_IN, keys::CONSENT, keys::ACCEPTANCE];

impl PersonalData for AccountStore {
    fn claims(&self) -> &'static [Claim] {
        const ACCOUNT: &str = "account_id";
        &[
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::PROFILE },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::IDENTITY },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::SESSION },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::SIGN_IN },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::CONSENT },
            Claim::Items { table: TABLE, partition: ACCOUNT, prefix: keys::ACCEPTANCE },
            Claim::Items { table: TABLE, partition: "apple#", prefix: keys::ACCOUNT },
            Claim::Items { table: TABLE, partition: "facebook#", prefix: keys::ACCOUNT },
            Claim::Items { table: TABLE, partition: "google#", prefix: keys::ACCOUNT },
            Claim::Messages { queue: "PictureQueue" },
            Claim::Messages { queue: "PictureDeadLetters" },
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
            let consents: Vec<Consent> = self.table().query(&pk).prefix(keys::CONSENT).all().await?;
            let notices: Vec<Notice> = self.table().query(&pk).prefix(keys::ACCEPTANCE).all().await?;
            let profile = profile.iter().map(|profile| ("profile", readable_profile(profile)));
            let identities = identities.iter().map(|identity| ("identities", readable_identity(identity)));
            let sessions = sessions.iter().map(|session| ("sessions", readable_session(session)));
            let sign_ins = sign_ins.iter().map(|entry| ("sign_ins", readable_entry(entry)));
            let consents = consents.iter().map(|consent| ("consents", consent.readable()));
            let notices = notices.iter().map(|notice| ("notices", readable_notice(notice)));
            let records = profile.chain(identities).chain(sessions).chain(sign_ins).chain(consents).chain(notices);
            Ok(records.map(|(section, json)| Record { section, json: json.to_string() }).collect())
        })
    }

    /// The order matters:
    ///
    /// 1. The reverse keys: a run that ends here leaves the identities, by which the next run finds
    ///    the rest of the reverse keys.
    /// 2. The profile: without it, a concurrent sign-in or link cannot add items any more.
    /// 3. The reverse keys of identities that were linked before that.
    /// 4. All other items.
    ///
    /// A reverse key that leads to another account stays: after an interrupted run, the person may
    /// have signed in again and got a new account.
    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let mut erased = Erased::default();
            let led = self.partitions_that_lead_to(account).await?;
            erased.items += self.erase_reverse_keys(account, &led).await?;
            let pk = account.to_string();
            let profile = self.table().delete(&pk, keys::PROFILE).when(Condition::Exists);
            erased.items += u64::from(matches!(profile.apply().await?, WriteOutcome::Applied(_)));
            let items = self.own_items(account).await?;
            let late = items.iter().filter_map(OwnItem::reverse).filter(|partition| !led.contains(partition));
            let late: Vec<_> = late.collect();
            erased.items += self.erase_reverse_keys(account, &late).await?;
            for OwnItem { sk, .. } in items {
                self.table().delete(&pk, &sk).apply().await?;
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
            let own = self.own_items(account).await?.into_iter().map(|item| item.sk);
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

    /// Removes reverse keys that lead to the account, and returns their number.
    async fn erase_reverse_keys(&self, account: AccountId, partitions: &[String]) -> Result<u64> {
        let mut erased = 0;
        for partition in partitions {
            let ours = Condition::text("account", account.to_string());
            let delete = self.table().delete(partition, keys::ACCOUNT).when(ours);
            erased += u64::from(matches!(delete.apply().await?, WriteOutcome::Applied(_)));
        }
        Ok(erased)
    }

    async fn own_items(&self, account: AccountId) -> Result<Vec<OwnItem>> {
        let mut items: Vec<OwnItem> = self.table().query(&account.to_string()).all().await?;
        items.retain(|item| OURS.iter().any(|ours| item.sk.starts_with(ours)));
        Ok(items)
    }
}

/// The part of an item that an erasure reads.
#[derive(Deserialize)]
struct OwnItem {
    sk: String,
    provider: Option<String>,
    subject: Option<String>,
}

impl OwnItem {
    /// The partition of the reverse key, if the item is an identity.
    fn reverse(&self) -> Option<String> {
        let (provider, subject) = (self.provider.as_ref()?, self.subject.as_ref()?);
        self.sk.starts_with(keys::IDENTITY).then(|| keys::reverse(provider, subject))
    }
}

fn key(partition: String, sort: &str) -> Key {
    Key::Item { table: TABLE, partition, sort: sort.to_owned() }
}

/// Without the version of the identities, which says nothing about the person, and without the last choices and
/// notices, which are records of their own.
fn readable_profile(profile: &Profile) -> Value {
    json!({
        "id": profile.account, "name": profile.name, "name_from": profile.name_from, "email": profile.email,
        "email_verified": profile.email_verified, "email_from": profile.email_from,
        "picture_url": profile.picture_url, "picture_from": profile.picture_from, "picture": profile.picture,
        "preferences": profile.preferences, "plan": profile.plan, "created_at": profile.created_at,
        "signed_in_at": profile.signed_in_at, "last_session": profile.last_session,
        "no_addresses_since": profile.no_addresses_since, "policy_version": profile.policy_version,
        "terms_version": profile.terms_version, "declared_age": profile.declared_age,
    })
}

/// Without the partner's token, which would let its reader act as us. The time says that there is one.
fn readable_identity(identity: &Identity) -> Value {
    json!({
        "provider": identity.provider, "issuer": identity.issuer, "subject": identity.subject,
        "linked_at": identity.linked_at, "email": identity.email, "email_verified": identity.email_verified,
        "is_private_email": identity.is_private_email, "name": identity.name,
        "picture_url": identity.picture_url, "token_stored_at": identity.token_at,
        "sessions_ended_until": identity.sessions_ended_until, "mail_disabled_at": identity.mail_disabled_at,
        "mail_enabled_at": identity.mail_enabled_at,
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

fn readable_notice(notice: &Notice) -> Value {
    json!({
        "document": notice.document, "version": notice.version, "shown_at": notice.shown_at, "used_at": notice.used_at,
    })
}

#[cfg(test)]
mod tests;
