//! What drives the real programs on loopback: a scripted web server, a Lambda Runtime API, a way to run the command
//! line, events, and the canary that none of them may give away.

pub(crate) mod aws;
pub(crate) mod canary;
pub(crate) mod deliver;
pub(crate) mod events;
pub(crate) mod explanation;
pub(crate) mod folder;
pub(crate) mod function;
pub(crate) mod http;
pub(crate) mod program;
pub(crate) mod queue;
pub(crate) mod runtime_api;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod shown;
pub(crate) mod sns;
pub(crate) mod ssm;
pub(crate) mod table;
pub(crate) mod tls;

use std::fmt::Debug;
use std::time::Duration;

/// How long anything may take before it counts as hanging: far more than it needs on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// What `future` yields, within [`PATIENCE`].
pub(crate) async fn patiently<T>(what: impl Debug, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} for {what:?}"),
    }
}

/// What `look` finds, as soon as it finds it.
pub(crate) async fn until<T>(what: impl Debug, mut look: impl FnMut() -> Option<T>) -> T {
    let poll = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently(what, poll).await
}
