//! The sessions that a sign-in ends.

use crate::{items::Session, sign_in::SignIn};
use kernel::{AccountId, SessionId, limits::SESSIONS_MAX};
use std::cmp::Reverse;

/// Most sessions that one sign-in ends, so that its transaction stays below DynamoDB's limit of 100
/// items. The next sign-in ends the rest.
const AT_ONCE: usize = 50;

/// The sessions whose items a later sign-in removes:
///
/// - the session of this account that its browser had before,
/// - the sessions that were used longest ago, until one place of [`SESSIONS_MAX`] is free,
/// - sessions that have ended or expired, whose items DynamoDB would remove later.
pub(crate) fn ended_by(sign_in: &SignIn, account: AccountId, sessions: &[Session]) -> Vec<SessionId> {
    let (former, others): (Vec<_>, Vec<_>) = sessions.iter().partition(|session| is_former(sign_in, account, session));
    let (mut alive, over): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|session| session.tokens.is_alive(sign_in.at));
    alive.sort_by_key(|session| Reverse((session.tokens.rotated_at, session.session)));
    let surplus = alive.into_iter().skip(SESSIONS_MAX - 1).rev();
    former.into_iter().chain(surplus).chain(over).map(|session| session.session).take(AT_ONCE).collect()
}

/// Whether the browser had this session, as its refresh token proves.
fn is_former(sign_in: &SignIn, account: AccountId, session: &Session) -> bool {
    let former =
        sign_in.former.as_ref().filter(|former| (former.account, former.session) == (account, session.session));
    former.is_some_and(|former| session.tokens.is_proven_by(&former.secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::RefreshSecret;
    use kernel::limits::{SESSION_IDLE_LIFETIME, SESSION_LIFETIME};
    use std::time::Duration;
    use testkit::World;

    fn proven(world: &World) -> SignIn {
        SignIn::new("203.0.113.7", "curl/8.14.1", &world.ids(), world.now())
    }

    /// `count` sessions, each begun a minute after the one before.
    fn begun(world: &World, count: usize) -> (Vec<Session>, Vec<SignIn>) {
        let begun = (0..count).map(|_| {
            world.advance(Duration::from_secs(60));
            let sign_in = proven(world);
            (Session::of(&sign_in), sign_in)
        });
        begun.unzip()
    }

    fn ids(sessions: &[Session]) -> Vec<SessionId> {
        sessions.iter().map(|session| session.session).collect()
    }

    fn account(world: &World) -> AccountId {
        AccountId::new(world.ids().uuid_v7(world.now()))
    }

    #[test]
    fn with_a_free_place_no_session_ends() {
        let world = World::new(1);
        let (sessions, _) = begun(&world, SESSIONS_MAX - 1);
        assert_eq!(ended_by(&proven(&world), account(&world), &sessions), []);
    }

    #[test]
    fn the_session_that_was_used_longest_ago_ends_first() {
        let world = World::new(1);
        let (mut sessions, _) = begun(&world, SESSIONS_MAX + 2);
        // The oldest session was used last.
        sessions[0].tokens.rotated_at = world.now();
        assert_eq!(ended_by(&proven(&world), account(&world), &sessions), ids(&sessions[1..4]));
    }

    #[test]
    fn sessions_that_are_over_need_no_place_and_their_items_go() {
        let world = World::new(1);
        let (mut sessions, _) = begun(&world, SESSIONS_MAX + 1);
        sessions[3].tokens.ended_at = Some(world.now());
        sessions[5].tokens.expires_at = world.now();
        sessions[7].tokens.began_at -= SESSION_LIFETIME;
        let over = [sessions[3].session, sessions[5].session, sessions[7].session];
        assert_eq!(ended_by(&proven(&world), account(&world), &sessions), over);
        world.advance(SESSION_IDLE_LIFETIME);
        assert_eq!(ended_by(&proven(&world), account(&world), &sessions).len(), sessions.len());
    }

    #[test]
    fn the_browsers_former_session_ends_if_its_secret_proves_it() {
        let world = World::new(1);
        let (hers, other) = (account(&world), account(&world));
        let (sessions, sign_ins) = begun(&world, SESSIONS_MAX);
        let (mine, secret) = (sign_ins[4].session, sign_ins[4].secret.clone());
        let stranger = RefreshSecret::fresh(&world.ids());
        let with = |of: AccountId, session: SessionId, secret: &RefreshSecret| {
            ended_by(&proven(&world).replacing(of, session, secret.clone()), hers, &sessions)
        };
        assert_eq!(with(hers, mine, &secret), [mine], "and its place is free");
        let oldest = [sign_ins[0].session];
        assert_eq!(with(other, mine, &secret), oldest, "the token of another account");
        assert_eq!(with(hers, mine, &stranger), oldest, "another secret");
        assert_eq!(with(hers, sign_ins[5].session, &secret), oldest, "the secret of another session");
    }

    #[test]
    fn one_sign_in_ends_a_bounded_number_the_former_one_first() {
        let world = World::new(1);
        let hers = account(&world);
        let (mut sessions, sign_ins) = begun(&world, 3 * AT_ONCE);
        sessions[..AT_ONCE].iter_mut().for_each(|session| session.tokens.ended_at = Some(world.now()));
        let last = sign_ins.last().unwrap();
        let sign_in = proven(&world).replacing(hers, last.session, last.secret.clone());
        let ended = ended_by(&sign_in, hers, &sessions);
        assert_eq!((ended.len(), ended[0]), (AT_ONCE, last.session));
        assert_eq!(ended[1..], ids(&sessions[AT_ONCE..2 * AT_ONCE - 1]), "those that are alive go before the rest");
    }
}
