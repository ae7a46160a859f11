//! The process of `POST /v1/session/refresh`.

fn main() -> runtime::Exit {
    runtime::http::serve(refresh_session::Deps::new, refresh_session::handle)
}
