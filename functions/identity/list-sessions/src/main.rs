//! The process of `GET /v1/sessions`.

fn main() -> runtime::Exit {
    runtime::http::serve(list_sessions::Deps::new, list_sessions::handle)
}
