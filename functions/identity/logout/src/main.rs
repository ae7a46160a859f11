//! The process of `DELETE /v1/session`.

fn main() -> runtime::Exit {
    runtime::http::serve(logout::Deps::new, logout::handle)
}
