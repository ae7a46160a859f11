//! The process of the hourly schedule of purges.

fn main() -> runtime::Exit {
    runtime::schedule::serve(schedule_purges::Deps::new, schedule_purges::handle)
}
