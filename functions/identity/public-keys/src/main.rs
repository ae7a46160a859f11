//! The process of `GET /.well-known/jwks.json`.

fn main() -> runtime::Exit {
    runtime::http::serve(public_keys::Deps::new, public_keys::handle)
}
