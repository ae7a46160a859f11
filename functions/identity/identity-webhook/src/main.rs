//! The process of `POST /v1/webhooks/identity/{provider}`.

fn main() -> runtime::Exit {
    runtime::http::serve(identity_webhook::Deps::new, identity_webhook::handle)
}
