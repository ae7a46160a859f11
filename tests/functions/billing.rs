//! Purchases: the person opens a page, Stripe reports the payment, and the credits are granted once.

mod checkout;
pub(crate) mod shop;
mod webhook;
