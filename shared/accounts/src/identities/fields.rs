//! The fields of a profile that partners give, and which partner may set which.
//!
//! - A partner sets a field that is missing, or that came from it. A name that the person set, also to
//!   nothing, stays.
//! - A field that the partner leaves out stays. The picture does not: a partner that has one sends its address
//!   each time.
//! - When an identity goes, what came from it goes too. The identity that was linked first among those that
//!   have the field gives it instead.

use crate::{
    items::{Identity, PERSON, Profile},
    pictures::copy::{PictureCopy, PictureStep, next_step},
};
use aws::Write;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use serde::Serialize;

/// A field, and the source that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field<T> {
    value: Option<T>,
    from: Option<String>,
}

/// A mail address, and whether its partner has verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    email: String,
    is_verified: bool,
}

/// The fields of a profile that come from partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    name: Field<String>,
    email: Field<Address>,
    picture: Field<String>,
}

impl<T> Field<T> {
    fn offer(&mut self, provider: &str, value: Option<T>) {
        let is_free = self.value.is_none() && self.from.as_deref() != Some(PERSON);
        if value.is_some() && (is_free || self.is_from(provider)) {
            *self = Self { value, from: Some(provider.to_owned()) };
        }
    }

    fn withdraw(&mut self, provider: &str) {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::UnlinkKeepsFields) {
            return;
        }
        if self.is_from(provider) {
            *self = Self { value: None, from: None };
        }
    }

    /// Names the source of a field that has none.
    fn assume(&mut self, provider: &str) {
        if self.value.is_some() && self.from.is_none() {
            self.from = Some(provider.to_owned());
        }
    }

    fn is_from(&self, provider: &str) -> bool {
        self.from.as_deref() == Some(provider)
    }
}

impl Fields {
    /// The fields as they are stored.
    pub(crate) fn stored(profile: &Profile) -> Self {
        let Profile { name, name_from, email, email_verified, email_from, picture_url, picture_from, .. } =
            profile.clone();
        let address = email.map(|email| Address { email, is_verified: email_verified });
        Self {
            name: Field { value: name, from: name_from },
            email: Field { value: address, from: email_from },
            picture: Field { value: picture_url, from: picture_from },
        }
    }

    /// The fields, each with its source. A field that is stored without one came from the identity that was
    /// linked first: profiles had no sources while an account had one identity.
    pub(crate) fn with_sources(profile: &Profile, identities: &[Identity]) -> Self {
        let mut fields = Self::stored(profile);
        if let Some(first) = in_order(identities).first() {
            fields.name.assume(&first.provider);
            fields.email.assume(&first.provider);
            fields.picture.assume(&first.provider);
        }
        fields
    }

    /// Takes from an identity what its partner may set.
    pub(crate) fn offer(&mut self, identity: &Identity) {
        let Identity { provider, email, email_verified, name, picture_url, .. } = identity.clone();
        let address = email.map(|email| Address { email, is_verified: email_verified });
        self.name.offer(&provider, name);
        self.email.offer(&provider, address);
        self.picture.offer(&provider, picture_url);
    }

    /// Takes from an identity what its partner has just sent. A picture that came from the partner, and that it does
    /// not send any more, goes; one of `others` that has a picture gives it instead.
    pub(crate) fn renew(&mut self, identity: &Identity, others: &[Identity]) {
        if identity.picture_url.is_none() {
            self.picture.withdraw(&identity.provider);
        }
        self.offer(identity);
        for Identity { provider, picture_url, .. } in in_order(others) {
            if self.picture.value.is_none() {
                self.picture.offer(provider, picture_url.clone());
            }
        }
    }

    /// Whether the copy of the picture is not that of these fields.
    pub(crate) fn owe_picture(&self, copy: Option<&PictureCopy>) -> bool {
        let Field { value, from } = &self.picture;
        next_step(value.as_deref(), from.as_deref(), copy) != PictureStep::Keep
    }

    /// Removes what came from a partner, and takes from the identities that are left what they have.
    pub(crate) fn withdraw(&mut self, provider: &str, left: &[Identity]) {
        self.name.withdraw(provider);
        self.email.withdraw(provider);
        self.picture.withdraw(provider);
        for identity in in_order(left) {
            self.offer(identity);
        }
    }

    /// Adds to an update of the profile what differs from `stored`. A field that is the same is not written,
    /// so the person may change it at the same time.
    pub(crate) fn write(&self, stored: &Self, mut profile: Write) -> Write {
        if self.name != stored.name {
            profile = put(profile, "name", self.name.value.as_ref());
            profile = put(profile, "name_from", self.name.from.as_ref());
        }
        if self.email != stored.email {
            let address = self.email.value.as_ref();
            profile = put(profile, "email", address.map(|address| &address.email));
            profile = profile.set("email_verified", address.is_some_and(|address| address.is_verified));
            profile = put(profile, "email_from", self.email.from.as_ref());
        }
        if self.picture != stored.picture {
            profile = put(profile, "picture_url", self.picture.value.as_ref());
            profile = put(profile, "picture_from", self.picture.from.as_ref());
        }
        profile
    }
}

fn put(write: Write, name: &'static str, value: Option<&impl Serialize>) -> Write {
    match value {
        Some(value) => write.set(name, value),
        None => write.remove(name),
    }
}

/// Identities in the order in which they were linked. Of two of one time, that of the lesser name comes first.
fn in_order(identities: &[Identity]) -> Vec<&Identity> {
    let mut identities: Vec<_> = identities.iter().collect();
    identities.sort_by(|one, other| (one.linked_at, &one.provider).cmp(&(other.linked_at, &other.provider)));
    identities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identities::tests::{apple, at, facebook},
        sign_in::Person,
        store::tests::{ada, proven},
    };
    use kernel::AccountId;
    use testkit::World;

    fn profile(person: &Person) -> Profile {
        let world = World::new(1);
        Profile::born(AccountId::new(world.ids().uuid_v7(world.now())), person, &proven(&world))
    }

    fn field<T: Clone>(field: &Field<T>) -> (Option<T>, Option<&str>) {
        (field.value.clone(), field.from.as_deref())
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn a_partner_overwrites_what_came_from_it_and_fills_what_is_missing() {
        let person = Person { picture_url: None, ..ada() };
        let (google, apple) = (Identity::of(&person, at(0)), Identity::of(&apple(), at(1)));
        let mut fields = Fields::with_sources(&profile(&person), std::slice::from_ref(&google));
        let before = fields.clone();
        fields.offer(&google);
        assert_eq!(fields, before, "the same person changes nothing");
        fields.offer(&apple);
        assert_eq!(fields, before, "another partner overwrites nothing, and Apple has no picture");
        fields.offer(&Identity { picture_url: text("https://p.example/f"), ..Identity::of(&facebook(), at(2)) });
        assert_eq!(field(&fields.picture), (text("https://p.example/f"), Some("facebook")), "it was missing");
        assert_eq!(field(&fields.name), (text("Ada"), Some("google")));
        let renamed = Person { name: text("Ada L."), email: text("l@example.com"), email_verified: false, ..person };
        fields.offer(&Identity::of(&renamed, at(0)));
        assert_eq!(field(&fields.name), (text("Ada L."), Some("google")));
        let address = Address { email: "l@example.com".into(), is_verified: false };
        assert_eq!(field(&fields.email), (Some(address), Some("google")));
    }

    #[test]
    fn a_picture_that_its_partner_does_not_send_any_more_goes() {
        let (google, gone) = (Identity::of(&ada(), at(0)), Person { picture_url: None, ..ada() });
        let gone = google.refreshed(&gone, at(3));
        assert_eq!((&gone.picture_url, &gone.name), (&None, &text("Ada")), "the name stays");
        let pictured = |n| Person { picture_url: text(&format!("https://p.example/{n}")), ..facebook() };
        let facebook = Identity::of(&pictured(1), at(1));
        let mut fields = Fields::with_sources(&profile(&ada()), std::slice::from_ref(&google));
        let before = fields.clone();
        fields.renew(&Identity::of(&apple(), at(2)), std::slice::from_ref(&google));
        assert_eq!(fields, before, "Apple has no pictures, and this one is Google's");
        let mut alone = fields.clone();
        alone.renew(&gone, &[]);
        assert_eq!((field(&alone.picture), field(&alone.name)), ((None, None), (text("Ada"), Some("google"))));
        fields.renew(&gone, std::slice::from_ref(&facebook));
        assert_eq!(field(&fields.picture), (text("https://p.example/1"), Some("facebook")));
        fields.renew(&facebook.refreshed(&pictured(2), at(4)), &[gone]);
        assert_eq!(field(&fields.picture), (text("https://p.example/2"), Some("facebook")));
    }

    #[test]
    fn a_picture_is_owed_until_its_copy_is_that_of_the_address() {
        let fields = Fields::stored(&profile(&ada()));
        let address = ada().picture_url.unwrap();
        assert!(fields.owe_picture(None));
        assert!(!fields.owe_picture(Some(&PictureCopy::new(&address, Some("google"), None))));
        assert!(fields.owe_picture(Some(&PictureCopy::new("https://p.example/2", Some("google"), None))));
        let bare = Fields::stored(&profile(&Person { picture_url: None, ..ada() }));
        assert!(!bare.owe_picture(None) && bare.owe_picture(Some(&PictureCopy::new(&address, None, None))));
    }

    #[test]
    fn a_name_that_the_person_set_or_removed_stays() {
        let person = Person { name: text("Other"), ..ada() };
        for name in [text("Countess"), None] {
            let profile = Profile { name: name.clone(), name_from: text(PERSON), ..profile(&ada()) };
            let google = Identity::of(&person, at(0));
            let mut fields = Fields::with_sources(&profile, std::slice::from_ref(&google));
            fields.offer(&google);
            fields.withdraw("google", &[Identity::of(&apple(), at(1))]);
            assert_eq!(field(&fields.name), (name, Some(PERSON)));
        }
    }

    #[test]
    fn fields_without_a_source_came_from_the_identity_that_was_linked_first() {
        let (google, apple) = (Identity::of(&ada(), at(5)), Identity::of(&apple(), at(6)));
        let old = Profile { name_from: None, email_from: None, picture_from: None, ..profile(&ada()) };
        let fields = Fields::with_sources(&old, &[apple, google]);
        assert_eq!(fields, Fields::stored(&profile(&ada())), "they are the fields of a profile with sources");
        let nameless = Profile { name: None, ..old };
        assert_eq!(field(&Fields::with_sources(&nameless, &[]).name), (None, None));
    }

    #[test]
    fn what_came_from_a_partner_goes_with_it_and_the_next_identity_fills_in() {
        let (google, apple) = (Identity::of(&ada(), at(0)), Identity::of(&apple(), at(2)));
        let facebook = Identity::of(&facebook(), at(1));
        let mut fields = Fields::with_sources(&profile(&ada()), &[google]);
        fields.withdraw("apple", std::slice::from_ref(&facebook));
        assert_eq!(fields, Fields::stored(&profile(&ada())), "nothing came from Apple");
        let mut by_first = fields.clone();
        by_first.withdraw("google", &[apple.clone(), facebook]);
        assert_eq!(field(&by_first.name), (text("Ada F."), Some("facebook")), "it was linked before Apple");
        assert_eq!(by_first.email.from.as_deref(), Some("apple"), "Facebook gave no address");
        assert_eq!(field(&by_first.picture), (None, None));
        fields.withdraw("google", &[Identity { name: None, ..apple }]);
        assert_eq!(field(&fields.name), (None, None));
    }
}
