//! The process of `POST /v1/uploads`.

fn main() -> runtime::Exit {
    runtime::http::serve(upload::Deps::new, upload::handle)
}
