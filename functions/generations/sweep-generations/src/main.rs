//! The process behind the schedule of the sweep.

fn main() -> runtime::Exit {
    runtime::schedule::serve(sweep_generations::Deps::new, sweep_generations::handle)
}
