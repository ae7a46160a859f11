//! The process of `GET /v1/deletions/{code}`.

fn main() -> runtime::Exit {
    runtime::http::serve(deletion_status::Deps::new, deletion_status::handle)
}
