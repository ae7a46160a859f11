//! The process of `GET /v1/account`.

fn main() -> runtime::Exit {
    runtime::http::serve(get_account::Deps::new, get_account::handle)
}
