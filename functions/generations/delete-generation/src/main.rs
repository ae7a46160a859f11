//! The process of `DELETE /v1/generations/{id}`.

fn main() -> runtime::Exit {
    runtime::http::serve(delete_generation::Deps::new, delete_generation::handle)
}
