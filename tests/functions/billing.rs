//! Buying: a page is opened, Stripe says that it was paid, the credits are granted once.

mod checkout;
pub(crate) mod shop;
mod webhook;
