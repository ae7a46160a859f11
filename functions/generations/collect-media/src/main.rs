//! The process behind the queue `media`.

fn main() -> runtime::Exit {
    runtime::queue::serve(collect_media::Deps::new, collect_media::handle)
}
