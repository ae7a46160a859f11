//! The process of `GET /v1/plans`.

fn main() -> runtime::Exit {
    runtime::http::serve(list_plans::Deps::new, list_plans::handle)
}
