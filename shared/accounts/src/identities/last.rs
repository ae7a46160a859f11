//! The rule of the last identity: nobody but a purge removes it. Without one, no person could sign in to the account.

use crate::items::Identity;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};

/// Whether the identities that lead to an account are one, which is the last and stays.
pub(crate) fn is_last(identities: &[Identity]) -> bool {
    #[cfg(feature = "planted-faults")]
    if planted(Planted::UnlinkLast) {
        return false;
    }
    identities.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identities::tests::{apple, at, facebook};

    #[test]
    fn one_identity_is_the_last() {
        let (one, other) = (Identity::of(&apple(), at(0)), Identity::of(&facebook(), at(1)));
        assert!(is_last(std::slice::from_ref(&one)));
        assert!(!is_last(&[one, other]));
    }
}
