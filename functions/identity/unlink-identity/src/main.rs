//! The process of `DELETE /v1/account/identities/{provider}`.

fn main() -> runtime::Exit {
    runtime::http::serve(unlink_identity::Deps::new, unlink_identity::handle)
}
