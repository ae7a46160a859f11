//! A person's view of the own account, and its changes: the profile with its name and preferences, and the
//! identities that lead to it.

use crate::{
    fresh::FreshCaller,
    identities::linked::LinkedIdentity,
    items::{PERSON, Profile},
    keys,
    preferences::{Preferences, PreferencesChange},
    store::{AccountStore, as_seen},
};
use aws::{AttributeValue, Condition, Item, Write, WriteOutcome, all};
use kernel::{
    Error, Result, limits,
    text::{breaks_line, invisible_class, required},
};
use schemars::JsonSchema;
use std::{fmt, time::Duration};

/// The partners at which an account can have an identity, one at each, in the order of their keys.
pub const IDENTITY_PROVIDERS: [&str; 3] = ["apple", "facebook", "google"];

/// The attribute of a profile with the preferences.
const PREFERENCES: &str = "preferences";

/// Most rounds of a change. A change that loses a race decides again on the stored profile, so a second round
/// needs another change of the preferences at the same moment. The number only bounds the loop.
const ROUNDS: u32 = 8;

/// How long a client should wait after the last round.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The characters of a name, for the contract: no control characters, no ends of lines, and none that changes the
/// direction of a text.
const IN_LINE: &str = r"[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]*";

/// The pattern of a name, for the contract: [`Name::parse`] in the language of JSON Schema, without the length.
fn name_pattern() -> String {
    format!("^{IN_LINE}[^{}]{IN_LINE}$", invisible_class())
}

/// The name of a person: one line of 1 to 200 characters, one of them visible.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub struct Name(#[schemars(length(min = 1, max = limits::NAME_CHARS), regex(pattern = name_pattern()))] String);

impl Name {
    /// Removes white space at both ends.
    ///
    /// # Errors
    /// `invalid`, without the name: it is blank or too long, has a control character or an end of a line, or a
    /// character that changes the direction of a text (U+202A to U+202E, U+2066 to U+2069).
    pub fn parse(text: &str) -> Result<Self> {
        if text.chars().any(breaks_line) {
            let detail = "name is one line, without control characters and without those that change the direction \
                          of a text.";
            return Err(Error::invalid("name", detail));
        }
        required("name", text, limits::NAME_CHARS).map(|text| Self(text.to_owned()))
    }
}

impl fmt::Debug for Name {
    /// A name is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

/// A change of a profile by its person. A field that is `None` leaves the profile as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// The new name; `Some(None)` removes it. No sign-in overwrites either.
    pub name: Option<Option<Name>>,
    /// The new preferences.
    pub preferences: PreferencesChange,
}

/// The attributes that a change writes. A field that is `None` is not written.
#[derive(Debug, PartialEq, Eq)]
struct Edit<'a> {
    name: Option<&'a Option<Name>>,
    preferences: Option<Preferences>,
}

impl ProfileChange {
    /// The attributes that the change writes to a profile. `None` if the profile already has these values.
    fn edit_of(&self, profile: &Profile) -> Option<Edit<'_>> {
        let is_so = |name: &Option<Name>| {
            let text = name.as_ref().map(|Name(text)| text);
            profile.name.as_ref() == text && profile.name_from.as_deref() == Some(PERSON)
        };
        let name = self.name.as_ref().filter(|name| !is_so(name));
        let preferences = profile.preferences.changed(&self.preferences);
        let preferences = Some(preferences).filter(|preferences| *preferences != profile.preferences);
        (name.is_some() || preferences.is_some()).then_some(Edit { name, preferences })
    }
}

impl AccountStore {
    /// The sort keys of the identities that an account can have, for a batch read.
    /// [`Self::identities_of`] reads the items.
    #[must_use]
    pub fn identity_keys() -> [String; IDENTITY_PROVIDERS.len()] {
        IDENTITY_PROVIDERS.map(keys::identity)
    }

    /// The identities of a batch read of [`Self::identity_keys`], in the order of the keys.
    ///
    /// # Errors
    /// `internal` when an item does not parse.
    pub fn identities_of(items: impl IntoIterator<Item = Option<Item>>) -> Result<Vec<LinkedIdentity>> {
        items.into_iter().flatten().map(aws::read).collect()
    }

    /// Applies a person's change to the profile, and returns the profile after it. `seen` is the profile's item,
    /// which a batch has read at [`Self::profile_key`]. One request, or none when the profile is already so. The
    /// change is decided again, with one more request, when other preferences were written meanwhile. So two
    /// changes of different members at once are both stored.
    ///
    /// May be repeated. An account that is frozen or closing can be changed too: a person may correct their data
    /// at any time (GDPR, article 16).
    ///
    /// # Errors
    /// `unauthenticated` when the account was erased; `unavailable` when AWS does not answer, or the preferences
    /// kept changing.
    pub async fn change_profile(&self, caller: &FreshCaller, seen: Item, change: &ProfileChange) -> Result<Profile> {
        let pk = caller.account().to_string();
        let mut stored = Some(seen);
        for _ in 0..ROUNDS {
            let item = stored.ok_or(Error::Unauthenticated)?;
            let preferences = item.get(PREFERENCES).cloned();
            let profile: Profile = aws::read(item)?;
            let Some(edit) = change.edit_of(&profile) else { return Ok(profile) };
            match self.edit(&pk, &edit, preferences).apply().await? {
                WriteOutcome::Applied(item) => return aws::read(item),
                WriteOutcome::ConditionFailed(found) => stored = found,
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "the preferences kept changing"))
    }

    /// The write of an edit. The preferences are one attribute, so they must still be those that the edit was
    /// decided on: the stored value is `seen`.
    fn edit(&self, pk: &str, edit: &Edit<'_>, seen: Option<AttributeValue>) -> Write {
        let mut profile = self.table().update(pk, keys::PROFILE);
        if let Some(name) = edit.name {
            profile = match name {
                Some(Name(text)) => profile.set("name", text),
                None => profile.remove("name"),
            };
            profile = profile.set("name_from", PERSON);
        }
        let Some(preferences) = &edit.preferences else { return profile.when(Condition::Exists) };
        profile.set(PREFERENCES, preferences).when(all([Condition::Exists, as_seen(PREFERENCES, seen)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::Theme;
    use serde_json::{Value, json};

    /// The profile of a person whom a partner has named Ada, with other members.
    fn profile(more: Value) -> Profile {
        let mut stored = json!({
            "account": "01929e6b-6c00-7000-8000-0123456789ab", "name": "Ada", "name_from": "google",
            "email_verified": true, "created_at": 1_800_000_000_000_i64, "signed_in_at": 1_800_000_000_000_i64,
        });
        for (member, value) in more.as_object().unwrap() {
            stored[member] = value.clone();
        }
        serde_json::from_value(stored).unwrap()
    }

    fn named(name: Option<&str>) -> ProfileChange {
        let name = Some(name.map(|name| Name::parse(name).unwrap()));
        ProfileChange { name, ..ProfileChange::default() }
    }

    #[test]
    fn a_name_is_one_line_of_1_to_200_characters_and_is_never_printed() {
        let (longest, too_long) = ("é".repeat(200), "é".repeat(201));
        for good in [
            "A",
            "Ada Lovelace",
            "  Ada\u{3000}",
            "Ναταλία",
            "נועה",
            "李小龍",
            "O\u{2019}Neil",
            "👩🏽\u{200D}🚀",
            &longest,
        ] {
            assert_eq!(Name::parse(good).unwrap(), Name(good.trim().to_owned()), "{good:?}");
        }
        let padded = format!("{longest} ");
        let (empty, long) = ("name is empty: nothing in it can be seen.", "name has 1 to 200 characters.");
        for (wrong, said) in [
            ("", empty),
            (" ", empty),
            ("\u{A0}\u{3000}", empty),
            ("\u{200B}", empty),
            ("\u{3164}\u{FEFF}", empty),
            (&too_long, long),
            (&padded, long),
        ] {
            let error = Name::parse(wrong).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("invalid", said), "{wrong:?}");
        }
        for strange in ['\0', '\t', '\n', '\r', '\u{1B}', '\u{7F}', '\u{85}', '\u{9F}'] {
            strange_character_is_refused(strange);
        }
        for strange in ['\u{2028}', '\u{2029}', '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}'] {
            strange_character_is_refused(strange);
        }
        assert_eq!(format!("{:?}", named(Some("Ada"))), format!("{:?}", named(Some("Bob"))));
    }

    fn strange_character_is_refused(strange: char) {
        for name in [format!("Ada{strange}Lovelace"), format!("Ada{strange}"), format!("{strange}Ada")] {
            let error = Name::parse(&name).unwrap_err();
            assert_eq!(error.code(), "invalid", "{name:?}");
            let said = error.to_string();
            assert!(
                said.starts_with("name is one line, without control characters") && !said.contains("Ada"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_change_that_finds_everything_so_writes_nothing() {
        let set_by_the_person = json!({ "name_from": "person" });
        assert_eq!(ProfileChange::default().edit_of(&profile(json!({}))), None);
        assert_eq!(named(Some("Ada")).edit_of(&profile(set_by_the_person)), None);
        let reset = ProfileChange { preferences: PreferencesChange::reset(), ..ProfileChange::default() };
        assert_eq!(reset.edit_of(&profile(json!({}))), None, "a profile without preferences has the defaults");
        let dark = PreferencesChange { theme: Some(Theme::Dark), ..PreferencesChange::default() };
        let dark = ProfileChange { preferences: dark, ..ProfileChange::default() };
        assert_eq!(dark.edit_of(&profile(json!({ "preferences": { "theme": "dark" } }))), None);
    }

    #[test]
    fn a_name_that_a_partner_gave_becomes_the_persons_own() {
        let (same, none) = (named(Some("Ada")), named(None));
        let edit = same.edit_of(&profile(json!({}))).unwrap();
        assert_eq!((edit.name, &edit.preferences), (same.name.as_ref(), &None));
        assert!(none.edit_of(&profile(json!({}))).is_some());
        // Once the person has removed the name, it is missing by their wish.
        let nameless = profile(json!({ "name": null, "name_from": null }));
        assert!(none.edit_of(&nameless).is_some(), "a partner may not add one later");
        let nameless = profile(json!({ "name": null, "name_from": "person" }));
        assert_eq!(none.edit_of(&nameless), None);
        assert!(same.edit_of(&nameless).is_some());
    }

    #[test]
    fn an_edit_has_only_what_differs() {
        let change = ProfileChange {
            preferences: PreferencesChange { news: Some(true), ..PreferencesChange::default() },
            ..named(Some("Ada"))
        };
        let stored = json!({ "name_from": "person", "preferences": { "theme": "dark" } });
        let edit = change.edit_of(&profile(stored)).unwrap();
        let preferences = edit.preferences.unwrap();
        assert_eq!((edit.name, preferences.theme, preferences.emails.news), (None, Theme::Dark, true));
    }
}
