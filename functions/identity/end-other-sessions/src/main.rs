//! The process of `DELETE /v1/sessions`.

fn main() -> runtime::Exit {
    runtime::http::serve(end_other_sessions::Deps::new, end_other_sessions::handle)
}
