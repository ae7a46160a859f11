//! The process of `GET /v1/account/sign-ins`.

fn main() -> runtime::Exit {
    runtime::http::serve(list_sign_ins::Deps::new, list_sign_ins::handle)
}
