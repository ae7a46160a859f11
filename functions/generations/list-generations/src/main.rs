//! The process of `GET /v1/generations`.

fn main() -> runtime::Exit {
    runtime::http::serve(list_generations::Deps::new, list_generations::handle)
}
