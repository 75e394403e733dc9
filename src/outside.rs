//! The process that we are: its environment, its folders, its panics. Asked once, here, and passed on as values.

use std::path::{Path, PathBuf};

use crate::config::{LAYER, Origin};
use crate::net;
use crate::secret::Env;

/// Readies the process; call it first thing in `main`.
///
/// A panic prints its place alone: its message may hold what it stumbled over.
pub fn prepare() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write;
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let _ = writeln!(std::io::stderr().lock(), "{{\"level\":\"error\",\"message\":\"panic\",\"at\":\"{place}\"}}");
    }));
    net::install_tls();
}

/// The environment's variables; one that is no UTF-8 is left out.
pub fn env() -> Env {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// This machine's name: the kernel's, where it says, else `HOSTNAME`.
pub fn host(env: &Env) -> Option<String> {
    let told = ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter().find_map(|path| std::fs::read_to_string(path).ok());
    told.as_deref().or(env.get("HOSTNAME")).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Where the configuration is: `explicit`, else where it can be found.
pub fn origin(explicit: Option<&Path>, env: &Env) -> Origin {
    // Named as people there would name it.
    let here = PathBuf::new();
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let folders: Vec<PathBuf> = [here].into_iter().chain(beside).chain([PathBuf::from(LAYER)]).collect();
    Origin::find(explicit, env, &folders)
}
