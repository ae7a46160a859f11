//! The process of `PATCH /v1/account`.

fn main() -> runtime::Exit {
    runtime::http::serve(update_account::Deps::new, update_account::handle)
}
