//! The process of `POST /v1/quotes`.

fn main() -> runtime::Exit {
    runtime::http::serve(quote::Deps::new, quote::handle)
}
