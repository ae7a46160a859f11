//! The process of `POST /v1/consents`.

fn main() -> runtime::Exit {
    runtime::http::serve(record_consent::Deps::new, record_consent::handle)
}
