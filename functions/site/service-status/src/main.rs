//! The process of `GET /v1/status`.

fn main() -> runtime::Exit {
    runtime::http::serve(service_status::Deps::new, service_status::handle)
}
