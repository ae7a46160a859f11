//! An account as a decision about its identities reads it, and the condition that it has not changed since.

use crate::{
    deletion::DeletionMark,
    identities::fields::Fields,
    items::{Identity, Profile, Session},
    keys,
    store::AccountStore,
};
use aws::{Condition, Write, all};
use kernel::{Result, sha256_hex};

/// An account, read in one request.
pub(crate) struct Seen {
    pub(crate) profile: Profile,
    pub(crate) identities: Vec<Identity>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) deletion: Option<DeletionMark>,
}

impl Seen {
    /// The identity of a partner.
    pub(crate) fn identity(&self, provider: &str) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.provider == provider)
    }

    /// The identities without that of a partner.
    pub(crate) fn without(&self, provider: &str) -> Vec<Identity> {
        self.identities.iter().filter(|identity| identity.provider != provider).cloned().collect()
    }

    /// The identities with this one, in place of another of its partner.
    pub(crate) fn with(&self, identity: &Identity) -> Vec<Identity> {
        let mut identities = self.without(&identity.provider);
        identities.push(identity.clone());
        identities
    }

    /// The condition that the profile has not changed since in a way that matters: no sign-in, no change of the
    /// identities, no name that the person set.
    pub(crate) fn is_unchanged(&self) -> Condition {
        let Profile { last_session, identities_version, name_from, .. } = &self.profile;
        all([
            Condition::Exists,
            same("last_session", last_session.map(|session| session.to_string())),
            same("identities_version", identities_version.clone()),
            same("name_from", name_from.clone()),
        ])
    }
}

fn same(name: &'static str, seen: Option<String>) -> Condition {
    seen.map_or(Condition::Missing(name), |seen| Condition::text(name, seen))
}

impl AccountStore {
    /// Reads an account for a decision, in one consistent request. `None` when the account does not exist. One
    /// page is enough: it holds thousands of sessions.
    pub(crate) async fn see(&self, pk: &str) -> Result<Option<Seen>> {
        let (mut profile, mut identities, mut sessions, mut deletion) = (None, Vec::new(), Vec::new(), None);
        for item in self.table().query(pk).between(keys::DELETION, keys::AFTER_SESSIONS).items().await?.items {
            let sort_key = item.get("sk").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
            match sort_key.as_str() {
                keys::DELETION => deletion = Some(aws::read(item)?),
                keys::PROFILE => profile = Some(aws::read(item)?),
                key if key.starts_with(keys::IDENTITY) => identities.push(aws::read(item)?),
                key if key.starts_with(keys::SESSION) => sessions.push(aws::read(item)?),
                _ => {}
            }
        }
        Ok(profile.map(|profile| Seen { profile, identities, sessions, deletion }))
    }

    /// The update of the profile by a change of its identities to `after`, if nothing came after `seen`.
    pub(crate) fn identities_write(&self, pk: &str, seen: &Seen, fields: &Fields, after: &[Identity]) -> Write {
        let profile = self.table().update(pk, keys::PROFILE).set("identities_version", version(after));
        fields.write(&Fields::stored(&seen.profile), profile).when(seen.is_unchanged())
    }
}

/// The version of an account's identities: a digest of their times. It depends on nothing else, so notices that
/// come in another order leave the same account.
fn version(identities: &[Identity]) -> String {
    let mut states: Vec<_> = identities.iter().map(state).collect();
    states.sort();
    sha256_hex(states.join("\n").as_bytes())
}

fn state(identity: &Identity) -> String {
    let Identity { provider, linked_at, token_at, sessions_ended_until, .. } = identity;
    let Identity { mail_disabled_at, mail_enabled_at, .. } = identity;
    let times = [Some(*linked_at), *token_at, *sessions_ended_until, *mail_disabled_at, *mail_enabled_at];
    let times = times.map(|time| time.map(|time| time.as_millisecond().to_string()).unwrap_or_default());
    format!("{provider} {}", times.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identities::tests::apple, store::tests::ada};
    use std::time::Duration;
    use testkit::World;

    #[test]
    fn the_version_depends_on_the_identities_and_their_times_alone() {
        let now = World::new(1).now();
        let (google, apple) = (Identity::of(&ada(), now), Identity::of(&apple(), now));
        let both = version(&[google.clone(), apple.clone()]);
        assert_eq!(both, version(&[apple.clone(), google.clone()]), "the order is no part of it");
        assert_eq!(both, version(&[Identity { name: None, ..google.clone() }, apple.clone()]), "a sign-in is none");
        let linked_at = now + Duration::from_millis(1);
        let later = Some(linked_at);
        for other in [
            vec![google.clone()],
            vec![google.clone(), Identity { linked_at, ..apple.clone() }],
            vec![google.clone(), Identity { token_at: None, ..apple.clone() }],
            vec![google.clone(), Identity { sessions_ended_until: later, ..apple.clone() }],
            vec![google.clone(), Identity { mail_disabled_at: later, ..apple.clone() }],
            vec![google, Identity { mail_enabled_at: later, ..apple }],
        ] {
            assert_ne!(version(&other), both, "{other:?}");
        }
    }
}
