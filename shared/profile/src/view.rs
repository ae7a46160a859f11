//! The account in the form for clients.

use accounts::{
    Choice, Consents, DeletionMark, EmailPreferences, LatestChoice, LinkedIdentity, Notice, NoticeDocument,
    Preferences, Profile, StoredPicture, Theme,
};
use credits::{Balance, BalanceStatus};
use kernel::{AccountId, DocumentVersion, Result, Timestamp, limits, schema::Time};
use media::{Disposition, MediaStore};
use schemars::JsonSchema;
use serde::Serialize;

/// The account, and the person who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountView {
    /// The id of the account.
    id: AccountId,
    /// The name of the person: the one that the person set, or the one of a partner of the sign-in. Null if there
    /// is none.
    name: Option<String>,
    /// The mail address of the person. Null if the partner of the sign-in gave none.
    email: Option<String>,
    /// Shows our copy of the picture of the person: a square JPEG of at most 192 pixels. The link is valid for five
    /// minutes. Null if the partner of the sign-in gave none, and until it is copied, some seconds after the sign-in.
    #[schemars(url)]
    picture_url: Option<String>,
    /// The plan. Null until the person has bought one.
    plan: Option<String>,
    /// The status of the account.
    status: BalanceStatus,
    /// Why the account is frozen; null unless it is.
    status_reason: Option<String>,
    /// When the account was created.
    #[schemars(with = "Time")]
    created_at: Timestamp,
    /// The preferences of the person.
    preferences: PreferencesView,
    /// The identities with which the person signs in, at most one at each partner.
    identities: Vec<IdentityView>,
    /// The last choices of the person about what needs consent.
    consents: ConsentsView,
    /// The documents that the person was shown when the account was created, and since then.
    acceptance: AcceptanceView,
    /// The deletion under way, until the erasure. Null if there is none.
    deletion: Option<AccountDeletionView>,
}

/// The deletion of the account, which the person can still take back.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountDeletion")]
struct AccountDeletionView {
    /// The code that reads the deletion without a session, also after the erasure.
    code: String,
    /// When the deletion was requested.
    #[schemars(with = "Time")]
    requested_at: Timestamp,
    /// When the erasure begins.
    #[schemars(with = "Time")]
    purge_at: Timestamp,
}

/// The preferences of a person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Preferences")]
struct PreferencesView {
    /// The colours of the pages.
    theme: Theme,
    /// The id of the model that a new generation begins with. It may have retired since it was chosen. Null if the
    /// person has chosen none.
    default_model: Option<String>,
    /// The mails that the person wants.
    emails: EmailPreferencesView,
}

/// The mails that a person wants.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EmailPreferences")]
struct EmailPreferencesView {
    /// News about the service.
    news: bool,
}

/// An identity of the person at a partner.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LinkedIdentity")]
struct IdentityView {
    /// The partner: `apple`, `facebook` or `google`.
    provider: String,
    /// The mail address that the partner gave. Null if it gave none.
    email: Option<String>,
    /// Whether the address is a relay of the partner that hides the person's own.
    private_relay: bool,
    /// Whether the person has switched the relay off, so that mail to the address does not arrive.
    mail_disabled: bool,
    /// When the identity was linked to the account.
    #[schemars(with = "Time")]
    linked_at: Timestamp,
}

/// The last choices of a person about what needs consent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Consents")]
struct ConsentsView {
    /// The choice about advertising. Null if the person has made none, which counts as refused.
    advertising: Option<ConsentView>,
}

/// The last choice of a person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Consent")]
struct ConsentView {
    /// The choice.
    choice: Choice,
    /// The version of the text on which the person chose.
    version: DocumentVersion,
    /// When the person chose.
    #[schemars(with = "Time")]
    chosen_at: Timestamp,
    /// Whether the browser had Global Privacy Control switched on.
    gpc: bool,
    /// Whether the consent holds: it was given, and Global Privacy Control was off. It also ends where a browser sends
    /// `Sec-GPC: 1` now.
    in_force: bool,
}

/// The documents that a person was shown when the account was created, and since then.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Acceptance")]
struct AcceptanceView {
    /// The privacy policy that the page of the first sign-in showed. Null if the sign-in came from no page of this
    /// service that showed one.
    policy: Option<AcceptedVersion>,
    /// The terms that the page of the first sign-in showed. Null as for `policy`.
    terms: Option<AcceptedVersion>,
    /// The age in years that the person declared at the first sign-in to have reached. Null as for `policy`.
    declared_age: Option<u8>,
    /// The notice about the newest version of each document that has changed since, if the person got one. A notice
    /// is no consent.
    notices: Vec<NoticeView>,
}

/// The version of a document that a person was shown when the account was created.
#[derive(Serialize, JsonSchema)]
struct AcceptedVersion {
    /// The version: the day from which it is in effect.
    version: DocumentVersion,
    /// When the account was created.
    #[schemars(with = "Time")]
    accepted_at: Timestamp,
}

/// A notice about a changed document.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentNotice")]
struct NoticeView {
    /// The document.
    document: NoticeDocument,
    /// The version that the notice is about.
    version: DocumentVersion,
    /// When the notice was shown, by the clock of the person's device.
    #[schemars(with = "Time")]
    shown_at: Timestamp,
    /// When the person used the service after that for the first time.
    #[schemars(with = "Time")]
    used_at: Timestamp,
}

impl AccountView {
    /// The view, with a link to the picture. Makes no request.
    ///
    /// # Errors
    /// `internal` when the link cannot be signed.
    pub(crate) fn new(
        profile: Profile,
        balance: &Balance,
        identities: Vec<LinkedIdentity>,
        mark: Option<DeletionMark>,
        media: &MediaStore,
        signed_at: Timestamp,
    ) -> Result<Self> {
        let lifetime = limits::DOWNLOAD_LINK_LIFETIME;
        let link =
            |file: &StoredPicture| media.presign(&file.key, &file.version_id, lifetime, Disposition::Show, signed_at);
        let picture_url = profile.shown_picture().map(link).transpose()?;
        let (consents, acceptance) = (ConsentsView::new(profile.consents), AcceptanceView::new(&profile));
        let Profile { account: id, name, email, plan, created_at, preferences, .. } = profile;
        let status = balance.status;
        let freeze = balance.freeze_note.as_ref().filter(|_| status == BalanceStatus::Frozen);
        let status_reason = freeze.map(|note| note.reason().to_owned());
        let preferences = PreferencesView::new(preferences);
        // The batch is no transaction, so it may have a mark that has gone.
        let deletion = mark.filter(|_| status == BalanceStatus::Closing).map(AccountDeletionView::new);
        let identities = identities.into_iter().map(IdentityView::new).collect();
        Ok(Self {
            id,
            name,
            email,
            picture_url,
            plan,
            status,
            status_reason,
            created_at,
            preferences,
            identities,
            consents,
            acceptance,
            deletion,
        })
    }
}

impl AccountDeletionView {
    fn new(DeletionMark { code, requested_at, purge_at, .. }: DeletionMark) -> Self {
        Self { code, requested_at, purge_at }
    }
}

impl PreferencesView {
    fn new(preferences: Preferences) -> Self {
        let Preferences { theme, default_model, emails: EmailPreferences { news } } = preferences;
        Self { theme, default_model, emails: EmailPreferencesView { news } }
    }
}

impl IdentityView {
    fn new(identity: LinkedIdentity) -> Self {
        let LinkedIdentity { provider, email, is_private_email: private_relay, mail_disabled, linked_at } = identity;
        Self { provider, email, private_relay, mail_disabled, linked_at }
    }
}

impl ConsentsView {
    fn new(Consents { advertising }: Consents) -> Self {
        Self { advertising: advertising.map(ConsentView::new) }
    }
}

impl ConsentView {
    fn new(latest: LatestChoice) -> Self {
        let LatestChoice { choice, version, chosen_at, gpc } = latest;
        Self { choice, version, chosen_at, gpc, in_force: latest.is_consent() }
    }
}

impl AcceptanceView {
    fn new(profile: &Profile) -> Self {
        let accepted = |version| AcceptedVersion { version, accepted_at: profile.created_at };
        Self {
            policy: profile.policy_version.map(accepted),
            terms: profile.terms_version.map(accepted),
            declared_age: profile.declared_age,
            notices: profile.notices.iter().map(NoticeView::new).collect(),
        }
    }
}

impl NoticeView {
    fn new(notice: &Notice) -> Self {
        let Notice { document, version, shown_at, used_at } = *notice;
        Self { document, version, shown_at, used_at }
    }
}
