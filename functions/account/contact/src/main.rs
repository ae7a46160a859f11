//! The process of `POST /v1/contact`.

fn main() -> runtime::Exit {
    runtime::http::serve(contact::Deps::new, contact::handle)
}
