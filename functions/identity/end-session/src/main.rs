//! The process of `DELETE /v1/sessions/{id}`.

fn main() -> runtime::Exit {
    runtime::http::serve(end_session::Deps::new, end_session::handle)
}
