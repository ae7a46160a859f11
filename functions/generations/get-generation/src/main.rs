//! The process of `GET /v1/generations/{id}`.

fn main() -> runtime::Exit {
    runtime::http::serve(get_generation::Deps::new, get_generation::handle)
}
