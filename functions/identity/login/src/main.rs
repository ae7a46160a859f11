//! The process of `GET /v1/login/{provider}`.

fn main() -> runtime::Exit {
    runtime::http::serve(login::Deps::new, login::handle)
}
