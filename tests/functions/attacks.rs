//! Attacks on the sign-in and on the links of identities. Each test is one attack. Where nothing may change, the stored
//! data are compared.

mod attempts;
mod bodies;
mod cross_site;
mod links;
mod persons;
mod pkce;
mod removals;
mod sessions;
mod tokens;
