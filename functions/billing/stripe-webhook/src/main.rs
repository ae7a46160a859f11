//! The process of `POST /v1/webhooks/stripe`.

fn main() -> runtime::Exit {
    runtime::http::serve(stripe_webhook::Deps::new, stripe_webhook::handle)
}
