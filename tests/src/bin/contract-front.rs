//! `contract-front`: the whole service in one process, behind HTTP on loopback. It prints its origin as one
//! line, and ends with its standard input.
#![allow(clippy::print_stdout, reason = "a command prints its address")]

use std::io::Read;
use tokio::{net::TcpListener, runtime::Builder, task::LocalSet};

fn main() -> std::io::Result<()> {
    // The parent closes the pipe when it ends, also when it is killed.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("http://{}", listener.local_addr()?);
        match tests::front::serve(listener).await? {}
    })
}
