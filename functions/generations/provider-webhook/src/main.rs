//! The process of `POST /v1/webhooks/providers/{provider}`.

fn main() -> runtime::Exit {
    runtime::http::serve(provider_webhook::Deps::new, provider_webhook::handle)
}
