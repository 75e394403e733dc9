//! The command line.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    hikyaku::outside::prepare();
    hikyaku::cli::run().await
}
