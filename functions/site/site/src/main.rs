//! The process of `$default`.

fn main() -> runtime::Exit {
    runtime::http::serve(site::Deps::new, site::handle)
}
