//! The process of `POST /v1/reports`.

fn main() -> runtime::Exit {
    runtime::http::serve(report::Deps::new, report::handle)
}
