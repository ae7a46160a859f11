//! The process of `POST /v1/account/identities/{provider}`.

fn main() -> runtime::Exit {
    runtime::http::serve(link_identity::Deps::new, link_identity::handle)
}
