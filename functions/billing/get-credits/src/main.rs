//! The process of `GET /v1/credits`.

fn main() -> runtime::Exit {
    runtime::http::serve(get_credits::Deps::new, get_credits::handle)
}
