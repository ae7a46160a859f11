//! The process of `POST /v1/checkouts`.

fn main() -> runtime::Exit {
    runtime::http::serve(checkout::Deps::new, checkout::handle)
}
