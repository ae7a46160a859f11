//! The preferences of a person: the colours of the pages, the model that a new generation begins with, and the
//! mails that the person wants.

use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The colours of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Those that the device asks for.
    #[default]
    System,
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl FromStr for Theme {
    type Err = Error;

    /// From the word of the stored form, which is also that of the API.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "system" => Ok(Self::System),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err(Error::invalid("preferences.theme", "preferences.theme is system, light or dark.")),
        }
    }
}

/// The mails that a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailPreferences {
    /// News about the service. Nobody gets them who has not asked for them.
    pub news: bool,
}

/// The preferences of a person, as they are stored in the profile. A profile without them has the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The colours of the pages.
    pub theme: Theme,
    /// The id of the model that a new generation begins with. The catalogue had it when the person chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_model: Option<String>,
    /// The mails that the person wants.
    pub emails: EmailPreferences,
}

/// A change of preferences. A field that is `None` leaves its preference as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// The new colours.
    pub theme: Option<Theme>,
    /// The new model; `Some(None)` removes it.
    pub default_model: Option<Option<String>>,
    /// Whether the person wants news.
    pub news: Option<bool>,
}

impl PreferencesChange {
    /// The change that gives every preference its default.
    #[must_use]
    pub fn reset() -> Self {
        let Preferences { theme, default_model, emails: EmailPreferences { news } } = Preferences::default();
        Self { theme: Some(theme), default_model: Some(default_model), news: Some(news) }
    }
}

impl Preferences {
    /// The preferences after a change.
    #[must_use]
    pub fn changed(&self, change: &PreferencesChange) -> Self {
        let PreferencesChange { theme, default_model, news } = change;
        Self {
            theme: theme.unwrap_or(self.theme),
            default_model: default_model.as_ref().unwrap_or(&self.default_model).clone(),
            emails: EmailPreferences { news: news.unwrap_or(self.emails.news) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen() -> Preferences {
        Preferences {
            theme: Theme::Dark,
            default_model: Some("flux-schnell".to_owned()),
            emails: EmailPreferences { news: true },
        }
    }

    #[test]
    fn nobody_gets_news_who_has_not_asked_for_them() {
        let born = Preferences::default();
        assert_eq!((born.theme, born.default_model, born.emails.news), (Theme::System, None, false));
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let nothing = PreferencesChange::default();
        assert_eq!(chosen().changed(&nothing), chosen());
        assert_eq!(Preferences::default().changed(&nothing), Preferences::default());
        let light = PreferencesChange { theme: Some(Theme::Light), ..nothing.clone() };
        assert_eq!(chosen().changed(&light), Preferences { theme: Theme::Light, ..chosen() });
        let without_model = PreferencesChange { default_model: Some(None), ..nothing.clone() };
        assert_eq!(chosen().changed(&without_model), Preferences { default_model: None, ..chosen() });
        let without_news = PreferencesChange { news: Some(false), ..nothing };
        let emails = EmailPreferences { news: false };
        assert_eq!(chosen().changed(&without_news), Preferences { emails, ..chosen() });
    }

    #[test]
    fn changes_of_different_preferences_give_the_same_in_both_orders() {
        let changes = [
            PreferencesChange { theme: Some(Theme::Light), ..PreferencesChange::default() },
            PreferencesChange { default_model: Some(Some("ideogram-v3".to_owned())), ..PreferencesChange::default() },
            PreferencesChange { news: Some(false), ..PreferencesChange::default() },
        ];
        for one in &changes {
            for other in &changes {
                assert_eq!(chosen().changed(one).changed(other), chosen().changed(other).changed(one));
            }
            assert_eq!(chosen().changed(one).changed(one), chosen().changed(one), "a repetition changes nothing");
        }
    }

    #[test]
    fn a_reset_gives_the_defaults() {
        assert_eq!(chosen().changed(&PreferencesChange::reset()), Preferences::default());
    }

    #[test]
    fn a_theme_has_the_word_of_its_stored_form() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            let word = serde_json::to_value(theme).unwrap();
            assert_eq!(word.as_str().unwrap().parse::<Theme>().unwrap(), theme);
        }
        for word in ["", "Dark", "dark ", "black"] {
            let error = word.parse::<Theme>().unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("invalid", REFUSED), "{word:?}");
        }
    }

    const REFUSED: &str = "preferences.theme is system, light or dark.";

    #[test]
    fn stored_preferences_are_read_with_and_without_each_member() {
        let whole = json!({ "theme": "dark", "default_model": "flux-schnell", "emails": { "news": true } });
        assert_eq!(serde_json::to_value(chosen()).unwrap(), whole);
        let read = |stored| serde_json::from_value::<Preferences>(stored).unwrap();
        assert_eq!(read(whole), chosen());
        assert_eq!(read(json!({})), Preferences::default());
        assert_eq!(read(json!({ "emails": {} })), Preferences::default());
        assert_eq!(read(json!({ "theme": "dark" })), Preferences { theme: Theme::Dark, ..Preferences::default() });
    }
}
