//! The process behind the queue `picture`.

fn main() -> runtime::Exit {
    runtime::queue::serve(copy_picture::Deps::new, copy_picture::handle)
}
