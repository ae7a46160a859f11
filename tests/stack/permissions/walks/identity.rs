//! Signing in, renewing the session and signing out.

use super::people::{Walked, newcomer, somebody};
use crate::{
    identity_message::{apple_says, facebook_says, google_says},
    journey,
    permissions::quiet::Quiet,
    person::{Person, done, unique},
};
use local::fakes::AppleEvent;
use reqwest::Method;
use serde_json::json;

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "EndOtherSessions" => end_other_sessions(quiet).await,
        "EndSession" => end_session(quiet).await,
        "IdentityWebhook" => identity_webhook(quiet).await,
        "ListSessions" => list_sessions(quiet).await,
        "LinkIdentity" => link_identity(quiet).await,
        "Login" => login(quiet).await,
        "LoginCallback" => login_callback(quiet).await,
        "Logout" => logout(quiet).await,
        "RefreshSession" => refresh_session(quiet).await,
        "UnlinkIdentity" => unlink_identity(quiet).await,
        _ => return None,
    })
}

/// The first sign-in makes the account, the second one finds it and ends the browser's former session.
async fn login(quiet: &Quiet) -> Walked {
    let who = somebody();
    let person = Person::sign_in(quiet.base(), &who).await?.signed_in(&who).await?;
    match journey::sessions(&person).await?.len() {
        1 => Ok(()),
        more => Err(format!("one browser has {more} sessions")),
    }
}

/// A sign-in, and a link, whose transaction checks the session. Each wakes the copy of a picture.
async fn login_callback(quiet: &Quiet) -> Walked {
    login(quiet).await?;
    let mut person = newcomer(quiet).await?;
    has_woken(quiet, &person).await?;
    person.links("facebook", &somebody()).await?;
    has_woken(quiet, &person).await
}

/// Checks that a message for the picture of this person is queued, and receives it with all others.
async fn has_woken(quiet: &Quiet, person: &Person) -> Walked {
    match quiet.messages("PictureQueue").await.contains(&json!({ "account": person.account })) {
        true => Ok(()),
        false => Err("no message for copy-picture was queued".to_owned()),
    }
}

/// The session is looked up, and the attempt of the network is counted.
async fn link_identity(quiet: &Quiet) -> Walked {
    let begun = newcomer(quiet).await?.ask(Method::POST, "/v1/account/identities/apple").await;
    if begun.status == 303 { Ok(()) } else { Err(format!("{begun}, not a redirect")) }
}

/// The session and the account are looked up. The identity goes, and the token is opened for Apple. The picture is not
/// copied yet, so it is owed.
async fn unlink_identity(quiet: &Quiet) -> Walked {
    let mut person = newcomer(quiet).await?;
    person.links("apple", &somebody()).await?;
    quiet.messages("PictureQueue").await;
    let removed = person.ask(Method::DELETE, "/v1/account/identities/apple").await.when(200)?;
    match removed["revocation"].as_str() {
        Some("requested") => has_woken(quiet, &person).await,
        _ => Err(format!("Apple was not asked: {removed}")),
    }
}

/// Two browsers of one person: the first, and the id of the second one's session.
async fn two_browsers(quiet: &Quiet) -> Result<(Person, String), String> {
    let who = somebody();
    let (one, two) = (Person::sign_in(quiet.base(), &who).await?, Person::sign_in(quiet.base(), &who).await?);
    let session = journey::own_session(&two).await?;
    Ok((one, session))
}

/// The own session is looked up, and the other one is marked.
async fn end_session(quiet: &Quiet) -> Walked {
    let (one, session) = two_browsers(quiet).await?;
    done(&one.ask(Method::DELETE, &format!("/v1/sessions/{session}")).await)
}

/// One query, and one transaction.
async fn end_other_sessions(quiet: &Quiet) -> Walked {
    let (one, _) = two_browsers(quiet).await?;
    done(&one.ask(Method::DELETE, "/v1/sessions").await)
}

/// The session is looked up, and the list is one query.
async fn list_sessions(quiet: &Quiet) -> Walked {
    let list = newcomer(quiet).await?.get("/v1/sessions").await.when(200)?;
    match list["items"][0]["current"].as_bool() {
        Some(true) => Ok(()),
        _ => Err(format!("the session is not in its own list: {list}")),
    }
}

async fn refresh_session(quiet: &Quiet) -> Walked {
    journey::refresh(&mut newcomer(quiet).await?).await
}

async fn logout(quiet: &Quiet) -> Walked {
    journey::signs_out(&newcomer(quiet).await?).await
}

/// The partners of people with two identities speak. Another person, who has no identity but one at Facebook, removes
/// our app there and then asks for the deletion. A generation is under way. The last step of the closing moves
/// `next_check`. Without its message to `copy-picture`, which comes half a minute later, an identity does not go.
async fn identity_webhook(quiet: &Quiet) -> Walked {
    google_and_apple_speak(quiet).await?;
    let (mut other, linked) = (newcomer(quiet).await?, somebody());
    other.links("facebook", &linked).await?;
    quiet.messages("PictureQueue").await;
    let linked = quiet.platform().facebook().settings().user_id(&linked);
    facebook_says(quiet.platform(), quiet.base(), "facebook-deletion", &linked).await.when(200)?;
    is_removed(quiet, &other, "facebook").await?;
    let (who, user_id) = (somebody(), format!("1022{:013}", unique()));
    let person = Person::sign_in(quiet.base(), &who).await?;
    person.submit().await.when(202)?;
    quiet.tables().moves_to_facebook(&person.account, &who, &user_id).await;
    let says = async |what: &str| facebook_says(quiet.platform(), quiet.base(), what, &user_id).await;
    done(&says("facebook").await)?;
    let answer = says("facebook-deletion").await.when(200)?;
    let code = answer["confirmation_code"].as_str().ok_or(format!("{answer} has no code"))?;
    let work = quiet.tables().deletion(code).await;
    if work["next_check"] != work["purge_at"] {
        return Err("the closing did not finish: `next_check` was not moved".to_owned());
    }
    Ok(())
}

/// Google ends the sessions of a person. Apple says that its address takes no mail, and then that the person has
/// deleted the identity there, which is one of two: it goes, and its welcome is marked.
async fn google_and_apple_speak(quiet: &Quiet) -> Walked {
    let (who, at_apple) = (somebody(), somebody());
    let mut person = Person::sign_in(quiet.base(), &who).await?;
    person.links("apple", &at_apple).await?;
    let subject = quiet.platform().apple().settings().subject(&at_apple);
    apple_says(quiet.platform(), AppleEvent::EmailDisabled, &subject).await?;
    google_says(quiet.platform(), "sessions-revoked", &who).await?;
    let refused = person.submit().await;
    if refused.status != 401 {
        return Err(format!("{refused}, although Google has ended the session"));
    }
    apple_says(quiet.platform(), AppleEvent::AccountDelete, &subject).await?;
    is_removed(quiet, &person, "apple").await
}

/// Checks that a partner's message has removed an identity, and that the account has its other one.
async fn is_removed(quiet: &Quiet, person: &Person, provider: &str) -> Walked {
    let (tables, account) = (quiet.tables(), &person.account);
    if tables.identity(account, provider).await.is_some() {
        return Err(format!("the identity at {provider} must be removed"));
    }
    match tables.identity(account, "google").await {
        Some(_) => Ok(()),
        None => Err("the identity at Google must stay".to_owned()),
    }
}
