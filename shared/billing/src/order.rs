//! Orders. An order is a signed id that we send to the partner and that comes back with the
//! payment. It has all data of the order, so nothing is stored.

use crate::plan::Plan;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, Error, Result, idempotency_key};
use ring::{
    digest::{SHA256, digest},
    hmac,
};
use std::fmt;
use uuid::{Builder, Uuid};

/// The same request within one window gets the same order and therefore the same page at the
/// partner. The partner refuses two different requests with one key.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The lifetime of an order from the start of its window: one to two hours from the request.
/// Stripe accepts 30 minutes to 24 hours. With a longer lifetime, more people would pay for an
/// account that they have since asked to delete.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// The idempotency key of a request for a checkout, as the client chose it.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckoutKey(String);

impl CheckoutKey {
    /// Parses the `Idempotency-Key` header.
    ///
    /// # Errors
    /// `idempotency_key_required` if the header is missing or has another form than [`idempotency_key`] reads.
    pub fn parse(header: Option<&str>) -> Result<Self> {
        let key = idempotency_key(header.ok_or(Error::IdempotencyKeyRequired)?)?;
        Ok(Self(key.to_owned()))
    }
}

impl fmt::Debug for CheckoutKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckoutKey")
    }
}

/// An order for which a page is opened at the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// `<account>.<plan>.<UUIDv7>.<MAC>`.
    pub id: String,
    /// The time until which the order can be paid.
    pub expires_at: Timestamp,
    /// The idempotency key for the partner: a hash of the account and the client's key. Two plans
    /// with one key of the client share it, so that the partner refuses the second.
    pub idempotency_key: String,
}

/// A verified order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The buyer.
    pub account: AccountId,
    /// The id of the plan.
    pub plan: String,
    /// The id of the order.
    pub id: Uuid,
}

/// The keys for the MAC of order ids. The current key signs; all keys verify.
pub struct OrderKeys {
    current: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl OrderKeys {
    /// Reads base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` if a key does not parse or there is none.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// The order of a request. The same account, plan and key give the same order until the next
    /// full hour.
    ///
    /// # Errors
    /// `internal` if `now` is outside the calendar.
    pub fn new_order(&self, account: AccountId, plan: &Plan, key: &CheckoutKey, now: Timestamp) -> Result<NewOrder> {
        let opened_at = Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(WINDOW.as_secs()));
        let opened_at = opened_at.map_err(Error::internal)?;
        let request = format!("{account}|{}|{}", opened_at.as_second(), key.0);
        let mut random = [0; 10];
        let unique = digest(&SHA256, format!("{request}|{}", plan.id).as_bytes());
        random.iter_mut().zip(unique.as_ref()).for_each(|(byte, from)| *byte = *from);
        let millis = u64::try_from(opened_at.as_millisecond()).map_err(Error::internal)?;
        let id = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Ok(NewOrder {
            id: self.signed(&format!("{account}.{}.{id}", plan.id)),
            expires_at: opened_at.saturating_add(LIFETIME).map_err(Error::internal)?,
            idempotency_key: URL_SAFE_NO_PAD.encode(digest(&SHA256, request.as_bytes())),
        })
    }

    /// Parses an order id; `None` if we did not sign it. The MAC is compared in constant time.
    #[must_use]
    pub fn verify(&self, text: &str) -> Option<Order> {
        let (signed, mac) = text.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        if !keys.any(|key| hmac::verify(key, signed.as_bytes(), &mac).is_ok()) {
            return None;
        }
        let (account, rest) = signed.split_once('.')?;
        let (plan, id) = rest.split_once('.')?;
        Some(Order { account: account.parse().ok()?, plan: plan.to_owned(), id: id.parse().ok()? })
    }

    /// Appends the MAC. No part contains the separator, so two orders never have the same text.
    fn signed(&self, order: &str) -> String {
        format!("{order}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&self.current, order.as_bytes())))
    }
}

impl fmt::Debug for OrderKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrderKeys")
    }
}

fn key(text: &str) -> Result<hmac::Key> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        _ => Err(Error::internal("an order MAC key must be 32 bytes as base64url")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plans;

    const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const OLD: &str = "__________________________________________8";

    /// 2027-01-15T08:00:00Z, a full hour.
    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn account() -> AccountId {
        "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap()
    }

    fn pack() -> Plan {
        Plans::built_in().unwrap().find("pack-500").unwrap().clone()
    }

    fn order(keys: &[&str], request: &str, now: Timestamp) -> NewOrder {
        let keys = OrderKeys::from_keys(keys.iter().copied()).unwrap();
        keys.new_order(account(), &pack(), &CheckoutKey::parse(Some(request)).unwrap(), now).unwrap()
    }

    #[test]
    fn an_order_id_has_account_and_plan() {
        let new = order(&[NEW], "k", at(1_234));
        let read = OrderKeys::from_keys([NEW]).unwrap().verify(&new.id).unwrap();
        assert_eq!((read.account, read.plan.as_str()), (account(), "pack-500"));
        assert_eq!(read.id.get_version_num(), 7);
        assert_eq!(new.id, format!("{}.pack-500.{}.{}", account(), read.id, new.id.rsplit_once('.').unwrap().1));
        assert!(new.id.len() <= 200, "client_reference_id holds 200 characters");
        assert_eq!(new.expires_at, at(7_200));
    }

    #[test]
    fn a_repeated_request_is_the_same_order_and_another_one_is_not() {
        let first = order(&[NEW], "k", at(0));
        assert_eq!(order(&[NEW], "k", at(3_599)), first);
        for (what, other) in [("key", order(&[NEW], "l", at(0))), ("hour", order(&[NEW], "k", at(3_600)))] {
            assert!(other.id != first.id && other.idempotency_key != first.idempotency_key, "another {what}");
        }
        let keys = OrderKeys::from_keys([NEW]).unwrap();
        let dearer = Plan { id: "pack-900".to_owned(), ..pack() };
        let other = keys.new_order(account(), &dearer, &CheckoutKey::parse(Some("k")).unwrap(), at(0)).unwrap();
        assert_ne!(other.id, first.id);
        assert_eq!(other.idempotency_key, first.idempotency_key, "the partner must refuse two plans with one key");
    }

    #[test]
    fn a_changed_order_is_refused() {
        let keys = OrderKeys::from_keys([NEW]).unwrap();
        let good = order(&[NEW], "k", at(0)).id;
        let mac = good.rsplit_once('.').unwrap().1;
        let forged = [
            good.replace("pack-500", "pack-900"),
            good.replacen("01929e6b", "01929e6c", 1),
            good.replace(mac, "AAAA"),
            good.replace(mac, ""),
            format!("{good}A"),
            mac.to_owned(),
            String::new(),
        ];
        for text in forged {
            assert_eq!(keys.verify(&text), None, "{text}");
        }
        assert!(keys.verify(&good).is_some());
    }

    #[test]
    fn a_replaced_key_is_accepted_and_no_longer_used() {
        let before = order(&[OLD], "k", at(0)).id;
        assert!(OrderKeys::from_keys([NEW, OLD]).unwrap().verify(&before).is_some());
        assert_ne!(order(&[NEW, OLD], "k", at(0)).id, before);
        assert!(OrderKeys::from_keys([NEW]).unwrap().verify(&before).is_none());
        assert!(OrderKeys::from_keys([]).is_err() && OrderKeys::from_keys(["AAAA"]).is_err());
    }

    #[test]
    fn a_checkout_requires_an_idempotency_key() {
        let long = "x".repeat(65);
        for wrong in [None, Some(""), Some("a b"), Some("ü"), Some("a:b"), Some(long.as_str())] {
            assert_eq!(CheckoutKey::parse(wrong).unwrap_err().code(), "idempotency_key_required", "{wrong:?}");
        }
        assert!(CheckoutKey::parse(Some(&long[1..])).is_ok());
        assert_eq!(order(&[NEW], "\"k\"", at(0)), order(&[NEW], "k", at(0)), "quotes are no part of the key");
    }
}
