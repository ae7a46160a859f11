//! The process of `PATCH /v1/generations/{id}`.

fn main() -> runtime::Exit {
    runtime::http::serve(update_generation::Deps::new, update_generation::handle)
}
