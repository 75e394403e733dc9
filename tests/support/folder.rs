//! A folder of one test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A new folder; it goes when its test has passed, and stays to be looked at when it has not.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A configuration of webhooks (name, kind, address) that all get everything, as fast as they take it; `more` follows as
    /// it stands.
    pub(crate) fn config(&self, receivers: &[(&str, &str, &str)], more: &str) -> PathBuf {
        let line = |(name, kind, url): &(&str, &str, &str)| {
            let channel = format!("{kind}: {{ url: \"{url}\", allow_insecure_loopback: true }}");
            format!("  {name}: {{ {channel}, rate: {{ per_second: 1000, burst: 1000 }} }}\n")
        };
        let lines: String = receivers.iter().map(line).collect();
        self.write("hikyaku.yaml", format!("receivers:\n{lines}{more}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
