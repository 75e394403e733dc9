//! The Lambda function.

use hikyaku::outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    outside::prepare();
    let env = outside::env();
    let origin = outside::origin(None, &env);
    hikyaku::lambda::run(origin, env).await
}
