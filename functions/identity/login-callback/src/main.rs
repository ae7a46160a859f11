//! The process of `GET /v1/login/{provider}/callback`.

fn main() -> runtime::Exit {
    runtime::http::serve(login_callback::Deps::new, login_callback::handle)
}
