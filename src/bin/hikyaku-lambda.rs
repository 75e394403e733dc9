//! The Lambda function.

use std::process::ExitCode;

use hikyaku::outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    outside::prepare();
    let env = outside::env();
    let origin = outside::origin(None, &env);
    hikyaku::lambda::run(origin, env).await
}
