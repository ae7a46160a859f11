//! The process of `DELETE /v1/account/deletion`.

fn main() -> runtime::Exit {
    runtime::http::serve(cancel_deletion::Deps::new, cancel_deletion::handle)
}
