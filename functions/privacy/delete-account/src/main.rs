//! The process of `POST /v1/account/deletion`.

fn main() -> runtime::Exit {
    runtime::http::serve(delete_account::Deps::new, delete_account::handle)
}
