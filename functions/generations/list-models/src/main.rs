//! The process of `GET /v1/models`.

fn main() -> runtime::Exit {
    runtime::http::serve(list_models::Deps::new, list_models::handle)
}
