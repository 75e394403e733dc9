//! `hikyaku-lambda` as Lambda runs it: frozen between events, killed at its deadline, started anew after a crash, asked
//! again under the same request id.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::folder::Folder;
use super::program::peak_memory;
pub(crate) use super::runtime_api::Answer;
use super::runtime_api::{FUNCTION_ARN, Invocation, RuntimeApi};
use super::{canary, patiently};

/// A sandbox with a function in it, until it is dropped. It may have said no secret by then, nor kept one in its `TMPDIR`.
pub(crate) struct Function {
    command: Command,
    child: Child,
    api: RuntimeApi,
    folder: Folder,
    count: usize,
    /// The most memory that a process before this one has held.
    peak: u64,
    /// How much of its log somebody has read.
    read: usize,
}

/// How an invocation ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    Answered(Answer),
    /// Killed at the deadline.
    TimedOut(Duration),
    /// The process was gone before it had answered.
    Died,
}

/// What became of an event that was given asynchronously.
#[derive(Debug)]
pub(crate) struct Asynchronous {
    pub(crate) attempts: Vec<Ended>,
    /// What Lambda writes to the on-failure destination once all attempts have failed.
    pub(crate) record: Option<Value>,
}

/// A signal, by the name that `kill` knows it by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    Stop,
    Cont,
    Kill,
    Term,
    /// What a process raises itself when its stack or its memory is used up.
    Abrt,
}

const NAME: &str = "hikyaku";
const LOG_STREAM: &str = "2026/11/21/[$LATEST]0";
/// The time that an invocation has where a test says nothing else.
const USUAL: Duration = Duration::from_secs(30);

/// How often Lambda gives an event that was handed over asynchronously:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const ATTEMPTS: usize = 3;

impl Function {
    /// Starts one with the configuration in `folder`, and what is in `env`.
    pub(crate) async fn start(folder: Folder, config: &Path, env: &[(&str, &str)]) -> Function {
        let log = |name| Stdio::from(File::create(folder.path().join(name)).unwrap());
        let (stdout, stderr) = (log("stdout"), log("stderr"));
        Function::start_with(folder, config, env, stdout, stderr).await
    }

    /// Starts one that prints to `stdout` and `stderr`.
    pub(crate) async fn start_with(
        folder: Folder,
        config: &Path,
        env: &[(&str, &str)],
        stdout: Stdio,
        stderr: Stdio,
    ) -> Function {
        let tmpdir = folder.path().join("tmp");
        std::fs::create_dir_all(&tmpdir).unwrap();
        let api = RuntimeApi::start().await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_hikyaku-lambda"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", NAME)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/hikyaku")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", LOG_STREAM)
            .env("HIKYAKU_CONFIG", config)
            .env("TMPDIR", tmpdir)
            .envs(env.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .kill_on_drop(true);
        let child = command.spawn().unwrap();
        Function { command, child, api, folder, count: 0, peak: 0, read: 0 }
    }

    /// The answer to `event`.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Answer {
        self.invoke_raw(event.to_string(), USUAL).await
    }

    /// The answer to `payload`, whatever it is, to be given within `time`.
    pub(crate) async fn invoke_raw(&mut self, payload: impl Into<Vec<u8>>, time: Duration) -> Answer {
        let id = self.next_id();
        self.invoke_as(&id, payload, time).await
    }

    /// As under a request's `id`: Lambda keeps it when it gives an event again.
    pub(crate) async fn invoke_as(&mut self, id: &str, payload: impl Into<Vec<u8>>, time: Duration) -> Answer {
        match self.attempt(id, payload, time).await {
            Ended::Answered(answer) => answer,
            ended => panic!("no answer but {ended:?}: {}", self.said()),
        }
    }

    /// An event for which Lambda waits until its deadline and no longer; whoever has not answered by then is killed, and a
    /// process that is gone started anew in the same sandbox.
    pub(crate) async fn attempt(&mut self, id: &str, payload: impl Into<Vec<u8>>, time: Duration) -> Ended {
        self.attempt_unless(id, payload, time, Signal::Kill, std::future::pending()).await
    }

    /// The same, but `signal` ends the process as soon as `when` comes true. There may be no answer by then.
    pub(crate) async fn attempt_until(
        &mut self,
        id: &str,
        payload: impl Into<Vec<u8>>,
        signal: Signal,
        when: impl Future<Output = ()>,
    ) {
        let ended = self.attempt_unless(id, payload, USUAL, signal, patiently("the moment to end it", when)).await;
        assert!(matches!(ended, Ended::Died), "it has not died, but {ended:?}: {}", self.said());
    }

    /// The same, whichever is first.
    pub(crate) async fn attempt_unless(
        &mut self,
        id: &str,
        payload: impl Into<Vec<u8>>,
        time: Duration,
        signal: Signal,
        when: impl Future<Output = ()>,
    ) -> Ended {
        self.api.events.send(Invocation { id: id.to_owned(), payload: payload.into(), time }).unwrap();
        let Function { api, child, .. } = self;
        let ended = patiently("an invocation's end", async {
            tokio::select! {
                answer = api.answers.recv() => Ended::Answered(answer.unwrap()),
                _ = child.wait() => Ended::Died,
                () = tokio::time::sleep(time.max(LEAST)) => Ended::TimedOut(time),
                () = when => Ended::Died,
            }
        });
        let mut ended = ended.await;
        if !matches!(ended, Ended::Answered(_)) {
            if !self.has_ended() {
                self.end(if matches!(ended, Ended::Died) { signal } else { Signal::Kill }).await;
            }
            // What it said with its last breath counts.
            if let Ok(answer) = self.api.answers.try_recv() {
                ended = Ended::Answered(answer);
            }
            self.restart().await;
        }
        if let Ended::Answered(answer) = &ended {
            assert_eq!(answer.id, id, "{answer:?}");
            canary::assert_none("an answer", &answer.body.to_string());
        }
        ended
    }

    /// Gives an event as Lambda gives one that SNS or EventBridge has handed over: under the same id, frozen in between, up
    /// to three times, though not minutes apart.
    pub(crate) async fn invoke_async(&mut self, event: &Value, time: Duration) -> Asynchronous {
        let id = self.next_id();
        let mut attempts = Vec::new();
        while attempts.len() < ATTEMPTS {
            let ended = self.attempt(&id, event.to_string(), time).await;
            let done = matches!(&ended, Ended::Answered(answer) if !answer.is_error);
            attempts.push(ended);
            if done {
                return Asynchronous { attempts, record: None };
            }
            self.freeze();
            self.thaw();
        }
        let record = on_failure_record(&id, event, attempts.last().unwrap());
        Asynchronous { attempts, record: Some(record) }
    }

    /// Stops the process, as Lambda does once it has answered.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::Stop);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::Cont);
    }

    /// Ends the process with `signal`, and waits until it is gone.
    pub(crate) async fn end(&mut self, signal: Signal) {
        self.peak = self.peak_memory();
        self.signal(signal);
        patiently(signal, self.child.wait()).await.unwrap();
    }

    /// Starts the process anew, with the folders that the last one has left.
    pub(crate) async fn restart(&mut self) {
        assert!(self.has_ended());
        self.api.begin_anew().await;
        self.child = self.command.spawn().unwrap();
    }

    /// The most memory that the process, or one before it, has held, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.peak.max(self.child.id().and_then(peak_memory).unwrap_or_default())
    }

    /// The lines of its log, each of which is JSON.
    pub(crate) fn log(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("a line of the log is no JSON: {line}"));
        self.read("stdout").lines().map(line).collect()
    }

    /// What it has printed to its log since the last call.
    pub(crate) fn new_log(&mut self) -> String {
        let mut log = File::open(self.folder.path().join("stdout")).unwrap();
        log.seek(SeekFrom::Start(self.read as u64)).unwrap();
        let mut new = String::new();
        log.read_to_string(&mut new).unwrap();
        self.read += new.len();
        new
    }

    /// The report's lines in its log.
    pub(crate) fn outcomes(&self) -> Vec<Value> {
        self.log().into_iter().filter(|line| line.get("outcome").is_some()).collect()
    }

    /// All that it has printed.
    pub(crate) fn said(&self) -> String {
        self.read("stdout") + &self.read("stderr")
    }

    /// Whether the process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Its `TMPDIR`.
    pub(crate) fn tmpdir(&self) -> std::path::PathBuf {
        self.folder.path().join("tmp")
    }

    /// The file that outlives its process.
    pub(crate) fn journal(&self) -> std::path::PathBuf {
        self.tmpdir().join(hikyaku::memory::journal_of(&[NAME, LOG_STREAM, &self.api.address]))
    }

    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("request-{}", self.count)
    }

    fn signal(&self, signal: Signal) {
        let name = format!("{signal:?}").to_uppercase();
        let process = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("sh").args(["-c", "kill -s $0 $1", &name, &process]).status().unwrap();
        assert!(sent.success(), "{signal:?}");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// An invocation whose time is used up before it begins is still waited for a little: it has to say so.
const LEAST: Duration = Duration::from_secs(2);

impl Drop for Function {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let said = self.said();
            canary::assert_none("the function's log", &said);
            canary::assert_none_in(&self.tmpdir());
            assert!(!said.contains("panic"), "{said}");
            assert!(!self.has_ended(), "{said}");
        }
    }
}

impl Ended {
    /// Whether it was answered, and without an error.
    pub(crate) fn is_ok(&self) -> bool {
        matches!(self, Ended::Answered(answer) if !answer.is_error)
    }
}

/// The record of an event whose last attempt `ended` like this:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
pub(crate) fn on_failure_record(id: &str, event: &Value, ended: &Ended) -> Value {
    let now = Timestamp::now();
    let response = match ended {
        Ended::Answered(answer) => answer.body.clone(),
        Ended::TimedOut(time) => {
            json!({ "errorMessage": format!("{now:.3} {id} Task timed out after {:.2} seconds", time.as_secs_f64()) })
        }
        Ended::Died => json!({
            "errorType": "Runtime.ExitError",
            "errorMessage": format!("RequestId: {id} Error: Runtime exited with error: signal: killed"),
        }),
    };
    json!({
        "version": "1.0",
        "timestamp": format!("{now:.3}"),
        "requestContext": {
            "requestId": id,
            "functionArn": format!("{FUNCTION_ARN}:$LATEST"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": ATTEMPTS,
        },
        "requestPayload": event,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "responsePayload": response,
    })
}
