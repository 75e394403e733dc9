//! The command line as a person runs it, with nothing in its environment but what a test puts there.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::folder::Folder;
use super::{canary, patiently};

/// A run of `hikyaku` to come.
pub(crate) struct Run {
    command: Command,
    input: Vec<u8>,
}

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn hikyaku<A: AsRef<OsStr>>(folder: &Folder, arguments: impl IntoIterator<Item = A>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hikyaku"));
    command.args(arguments).env_clear().current_dir(folder.path()).kill_on_drop(true);
    Run { command, input: Vec::new() }
}

/// `hikyaku send --json` of `event` with the configuration in `folder`.
pub(crate) fn send(folder: &Folder, event: &Value) -> Run {
    let event = folder.write("event.json", event.to_string());
    hikyaku(folder, ["send".as_ref(), "--json".as_ref(), event.as_path()])
}

impl Run {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Run {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.command.args(arguments);
        self
    }

    pub(crate) fn config(self, file: &Path) -> Run {
        self.arg("--config").arg(file)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    /// What it reads from standard input.
    pub(crate) fn input(mut self, input: impl AsRef<[u8]>) -> Run {
        self.input = input.as_ref().to_vec();
        self
    }

    /// Runs it to its end. It may have said no secret.
    pub(crate) async fn run(mut self) -> Said {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feed = async move {
            // A program that does not read its input may be gone already.
            let _ = stdin.write_all(&self.input).await;
        };
        let (output, ()) = patiently(&self.command, async { tokio::join!(child.wait_with_output(), feed) }).await;
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let status = output.status.code().unwrap_or_else(|| panic!("killed by a signal: {:?}", output.status));
        let said = Said { status, stdout: text(output.stdout), stderr: text(output.stderr) };
        canary::assert_none("standard output", &said.stdout);
        canary::assert_none("standard error", &said.stderr);
        assert!(!said.stderr.contains("panic"), "{said:?}");
        said
    }

    /// Runs it with nobody to read its standard output; its exit status.
    pub(crate) async fn run_unread(mut self) -> i32 {
        let (reading, writing) = std::io::pipe().unwrap();
        drop(reading);
        let mut child = self.command.stdin(Stdio::null()).stdout(writing).stderr(Stdio::null()).spawn().unwrap();
        patiently(&self.command, child.wait()).await.unwrap().code().unwrap()
    }

    /// Starts it, to be watched while it runs; it is killed with what this gives back.
    pub(crate) fn start(mut self, folder: &Folder) -> Running {
        // What it prints goes to files, so that it never waits for a reader.
        let (stdout, stderr) = (folder.write("stdout", ""), folder.write("stderr", ""));
        let file = |path: &Path| Stdio::from(File::create(path).unwrap());
        let child = self.command.stdin(Stdio::null()).stdout(file(&stdout)).stderr(file(&stderr)).spawn().unwrap();
        Running { child, stdout, stderr }
    }
}

/// A program that runs.
pub(crate) struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// The most memory that it has held, in bytes; none if it has ended.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        peak_memory(self.child.id()?)
    }

    pub(crate) fn stdout(&self) -> String {
        read(&self.stdout)
    }

    pub(crate) fn stderr(&self) -> String {
        read(&self.stderr)
    }
}

/// The most memory that a process has held, in bytes; none if it has ended.
pub(crate) fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn read(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    canary::assert_none("a running program", &text);
    text
}

impl Said {
    /// The one JSON value on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("standard output is no JSON: {self:?}"))
    }

    /// The JSON values on standard output, one a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("a line is no JSON: {self:?}"));
        self.stdout.lines().map(line).collect()
    }

    /// The line of the report about `receiver`; there has to be just one.
    pub(crate) fn about(&self, receiver: &str) -> Value {
        let mut lines = self.lines();
        lines.retain(|line| line["receiver"] == receiver);
        assert_eq!(lines.len(), 1, "{receiver}: {self:?}");
        lines.remove(0)
    }
}

/// An outcome with what may differ from run to run left out: `delivered`, `retry server_error`.
pub(crate) fn ending(line: &Value) -> String {
    let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    format!("{} {}", word("outcome"), word("reason")).trim().to_owned()
}
