//! The process behind the queue `generation`.

fn main() -> runtime::Exit {
    runtime::queue::serve(run_generation::Deps::new, run_generation::handle)
}
