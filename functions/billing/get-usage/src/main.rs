//! The process of `GET /v1/usage`.

fn main() -> runtime::Exit {
    runtime::http::serve(get_usage::Deps::new, get_usage::handle)
}
