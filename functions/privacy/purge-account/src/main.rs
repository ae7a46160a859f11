//! The process behind the queue `purge`.

fn main() -> runtime::Exit {
    runtime::queue::serve(purge_account::Deps::new, purge_account::handle)
}
