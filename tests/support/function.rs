//! `hikyaku-lambda` under a Runtime API of our own: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path as Parameters, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

use super::folder::Folder;
use super::{canary, patiently};

/// A function that runs until it is dropped. It may have said no secret by then.
pub(crate) struct Function {
    child: Child,
    folder: Folder,
    events: mpsc::UnboundedSender<Invocation>,
    answers: mpsc::UnboundedReceiver<Answer>,
    count: usize,
}

/// An event as the function is to get it.
struct Invocation {
    id: String,
    payload: Vec<u8>,
    time: Duration,
}

/// What the function answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) is_error: bool,
    pub(crate) body: Value,
    /// From the event's way out to this.
    pub(crate) took: Duration,
}

/// The folder in which it may keep something.
const KEPT: &str = "kept";

/// The time that an invocation has where a test says nothing else.
const USUAL: Duration = Duration::from_secs(30);

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
        let (events, waiting) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let address = serve(RuntimeApi { waiting: Arc::new(Mutex::new(waiting)), began: Arc::default(), answered }).await;
        std::fs::create_dir_all(folder.path().join(KEPT)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hikyaku-lambda"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "hikyaku")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/hikyaku")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/21/[$LATEST]0")
            .env("HIKYAKU_CONFIG", config)
            .env("TMPDIR", folder.path().join(KEPT))
            .envs(env.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .kill_on_drop(true);
        let child = command.spawn().unwrap();
        Function { child, folder, events, answers, count: 0 }
    }

    /// The answer to `event`.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Answer {
        self.invoke_raw(event.to_string(), USUAL).await
    }

    /// The answer to `payload`, whatever it is, to be given within `time`.
    pub(crate) async fn invoke_raw(&mut self, payload: impl Into<Vec<u8>>, time: Duration) -> Answer {
        self.count += 1;
        self.invoke_as(&format!("request-{}", self.count), payload, time).await
    }

    /// As under a request's `id`: Lambda keeps it when it gives an event again.
    pub(crate) async fn invoke_as(&mut self, id: &str, payload: impl Into<Vec<u8>>, time: Duration) -> Answer {
        self.events.send(Invocation { id: id.to_owned(), payload: payload.into(), time }).unwrap();
        let Function { answers, child, .. } = self;
        let answer = patiently("an answer of the function", async {
            tokio::select! {
                answer = answers.recv() => Ok(answer.unwrap()),
                status = child.wait() => Err(status),
            }
        });
        let answer = answer.await.unwrap_or_else(|status| panic!("the function ended, {status:?}: {}", self.said()));
        assert_eq!(answer.id, id, "{answer:?}");
        canary::assert_none("an answer", &answer.body.to_string());
        answer
    }

    /// The lines of its log, each of which is JSON.
    pub(crate) fn log(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("a line of the log is no JSON: {line}"));
        self.read("stdout").lines().map(line).collect()
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

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let said = self.said();
            canary::assert_none("the function's log", &said);
            canary::assert_none_in(&self.folder.path().join(KEPT));
            assert!(!said.contains("panic"), "{said}");
            assert!(!self.has_ended(), "{said}");
        }
    }
}

/// What the function and the test share.
#[derive(Clone)]
struct RuntimeApi {
    /// The events to come.
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    /// When the last one went out.
    began: Arc<Mutex<Option<Instant>>>,
    answered: mpsc::UnboundedSender<Answer>,
}

async fn serve(api: RuntimeApi) -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let service = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(api);
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

async fn next(State(api): State<RuntimeApi>) -> (HeaderMap, Vec<u8>) {
    let Some(Invocation { id, payload, time }) = api.waiting.lock().await.recv().await else {
        // The test is over, and the function about to end.
        return std::future::pending().await;
    };
    let deadline = Timestamp::now() + time;
    *api.began.lock().await = Some(Instant::now());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.as_millisecond().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:ap-northeast-1:111122223333:function:hikyaku".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, payload)
}

async fn response(State(api): State<RuntimeApi>, Parameters(id): Parameters<String>, body: String) -> StatusCode {
    api.take(id, false, &body).await
}

async fn error(State(api): State<RuntimeApi>, Parameters(id): Parameters<String>, body: String) -> StatusCode {
    api.take(id, true, &body).await
}

async fn init_error(State(api): State<RuntimeApi>, body: String) -> StatusCode {
    api.take("init".to_owned(), true, &body).await
}

impl RuntimeApi {
    async fn take(&self, id: String, is_error: bool, body: &str) -> StatusCode {
        let began = self.began.lock().await.take();
        let took = began.map(|began| began.elapsed()).unwrap_or_default();
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        // A test that is over asks for no answer.
        let _ = self.answered.send(Answer { id, is_error, body, took });
        StatusCode::ACCEPTED
    }
}
