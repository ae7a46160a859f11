//! Sign-ins with a partner's identity: the first one, which creates the account, and later ones.

use crate::{
    identities::{fields::Fields, notice::are_ended},
    items::{Identity, NO_ADDRESSES_SINCE, Profile, Reverse, Session, SignInEntry},
    keys,
    sessions::surplus::ended_by,
    sign_in::{Person, SignIn},
    store::AccountStore,
};
use aws::{Change, Condition, Decision, Write, all, millis, not};
use kernel::{AccountId, Error, Result, limits::ERASURE_WAIT};

/// A sign-in with a known identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// Whether the copy of the picture is not that of the profile: the caller wakes `copy-picture`.
    pub owes_picture: bool,
}

impl AccountStore {
    /// Creates an account: its profile, identity, reverse key, first session and first sign-in. Each
    /// item must not exist yet.
    ///
    /// If one exists, the decision is stale: a concurrent first sign-in or a link won, or the answer to our own
    /// transaction was lost. In all cases the next [`Self::find_by_identity`] finds the account.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn birth_changes(&self, account: AccountId, person: &Person, sign_in: &SignIn) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let reverse = keys::reverse(person.provider, &person.subject);
        let births = [
            self.table().put(&reverse, keys::ACCOUNT, &Reverse { account }),
            self.table().put(&pk, keys::PROFILE, &Profile::born(account, person, sign_in)),
            self.table().put(&pk, &keys::identity(person.provider), &Identity::of(person, sign_in.at)),
            self.session_write(&pk, sign_in),
            self.entry_write(&pk, person, sign_in, false),
        ];
        births.into_iter().map(|birth| birth.when(Condition::Absent).into_change()).collect()
    }

    /// Decides about a later sign-in, in one consistent request. The changes update the profile and the identity,
    /// add a session and an entry of the sign-in log, and remove the sessions that the sign-in ends: the one
    /// that its browser had, and those beyond [`SESSIONS_MAX`](kernel::limits::SESSIONS_MAX).
    ///
    /// The identity gets what the partner sent. The profile gets of it what the partner may set: a field that
    /// came from it or is missing, and never a name that the person set. Fields that the partner leaves out stay
    /// as they are, and so does the partner's token. A picture that it does not send any more goes.
    ///
    /// Two sign-ins at once write the same profile, so the second one decides again. A sign-in also
    /// decides again if an objection to addresses is granted meanwhile, if the identities change, or if the person
    /// sets the name. If the identity was unlinked or the account erased, the next [`Self::find_by_identity`]
    /// finds no account.
    ///
    /// Once the purge of the account is due, no sign-in begins any more: the purge asks the partners once to revoke their
    /// tokens, and would erase a later one unrevoked. Until then a person may come back and cancel. So a sign-in that is
    /// under way at that moment may store a token that the purge erases unrevoked.
    ///
    /// # Errors
    /// `sign_in_failed` when a partner has ended the sessions of the sign-in's time: the person signs in again;
    /// `unavailable` when AWS does not answer, or the purge is due; `internal` when the partner's issuer has changed, or a
    /// value cannot be serialised.
    pub async fn decide_sign_in(
        &self,
        account: AccountId,
        person: &Person,
        sign_in: &SignIn,
    ) -> Result<Decision<SignedIn>> {
        let pk = account.to_string();
        let Some(seen) = self.see(&pk).await? else { return Ok(Decision::Again) };
        // The answer to our own transaction was lost.
        if seen.sessions.iter().any(|session| session.session == sign_in.session) {
            let owes_picture = Fields::stored(&seen.profile).owe_picture(seen.profile.picture.as_ref());
            return Ok(Decision::Answer(SignedIn { account, owes_picture }));
        }
        // The identity was unlinked after it had led to the account.
        let Some(known) = seen.identity(person.provider) else { return Ok(Decision::Again) };
        if !known.is_of(person)? {
            return Ok(Decision::Again);
        }
        if seen.deletion.as_ref().is_some_and(|mark| mark.is_due(sign_in.at)) {
            return Err(Error::unavailable(ERASURE_WAIT, "the account is about to be erased"));
        }
        if are_ended(&seen.identities, sign_in.at) {
            return Err(Error::SignInFailed {
                detail: "Sessions of this account were ended while this sign-in was under way. Start again.",
            });
        }
        let identity = known.refreshed(person, sign_in.at);
        let mut fields = Fields::with_sources(&seen.profile, &seen.identities);
        fields.renew(&identity, &seen.without(person.provider));
        let owes_picture = fields.owe_picture(seen.profile.picture.as_ref());
        let profile = self.table().update(&pk, keys::PROFILE);
        let profile = profile.set("signed_in_at", millis(sign_in.at)).set("last_session", sign_in.session);
        // The log entry of the same transaction has an address unless the person had objected.
        let (objects, has_objected) =
            (Condition::Missing(NO_ADDRESSES_SINCE), seen.profile.no_addresses_since.is_some());
        let as_seen = if has_objected { not(objects) } else { objects };
        let profile = fields.write(&Fields::stored(&seen.profile), profile).when(all([seen.is_unchanged(), as_seen]));
        let mut changes = vec![
            profile.into_change()?,
            self.session_write(&pk, sign_in).into_change()?,
            self.entry_write(&pk, person, sign_in, has_objected).into_change()?,
        ];
        if identity != *known {
            let identity = self.table().put(&pk, &keys::identity(person.provider), &identity);
            changes.push(identity.when(Condition::Exists).into_change()?);
        }
        for session in ended_by(sign_in, account, &seen.sessions) {
            changes.push(self.table().delete(&pk, &keys::session(session)).into_change()?);
        }
        Ok(Decision::Commit(changes, SignedIn { account, owes_picture }))
    }

    fn session_write(&self, pk: &str, sign_in: &SignIn) -> Write {
        self.table().put(pk, &keys::session(sign_in.session), &Session::of(sign_in))
    }

    fn entry_write(&self, pk: &str, person: &Person, sign_in: &SignIn, has_objected: bool) -> Write {
        let entry = SignInEntry::of(sign_in, person.provider, has_objected);
        self.table().put(pk, &keys::sign_in(sign_in.at, &sign_in.mark), &entry)
    }
}
