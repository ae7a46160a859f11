//! The process of `POST /v1/generations/{id}/cancel`.

fn main() -> runtime::Exit {
    runtime::http::serve(cancel_generation::Deps::new, cancel_generation::handle)
}
