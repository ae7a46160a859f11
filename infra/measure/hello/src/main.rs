//! Hello world on `lambda_runtime`, on one thread: the least that a function in Rust can
//! cost. `cargo measure` compares our functions with it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        Ok::<_, Error>(json!({"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "Hello, world!"}))
    }))
    .await
}
