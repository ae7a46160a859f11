//! The process behind the queue `thumbnail`.

fn main() -> runtime::Exit {
    runtime::queue::serve(make_thumbnails::Deps::new, make_thumbnails::handle)
}
