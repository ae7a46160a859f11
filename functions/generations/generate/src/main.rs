//! The process of `POST /v1/generations`.

fn main() -> runtime::Exit {
    runtime::http::serve(generate::Deps::new, generate::handle)
}
