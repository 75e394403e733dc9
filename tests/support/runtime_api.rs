//! A Lambda Runtime API of our own: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

/// What is served to one process, which may ask for one event after the other.
pub(crate) struct RuntimeApi {
    /// As `AWS_LAMBDA_RUNTIME_API` names it.
    pub(crate) address: String,
    pub(crate) events: mpsc::UnboundedSender<Invocation>,
    pub(crate) answers: mpsc::UnboundedReceiver<Answer>,
    /// Kept from one process to the next: a port given back may be somebody else's at once.
    listener: std::net::TcpListener,
    server: tokio::task::JoinHandle<()>,
}

/// An event as the function is to get it.
pub(crate) struct Invocation {
    pub(crate) id: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) time: Duration,
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

pub(crate) const FUNCTION_ARN: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:hikyaku";

impl RuntimeApi {
    pub(crate) async fn start() -> RuntimeApi {
        RuntimeApi::serve(std::net::TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Forgets the process that it served, for another one of the sandbox: as in Lambda, that finds it where it was.
    pub(crate) async fn begin_anew(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
        // What the last one had still to ask is not the next one's to be asked.
        while self.listener.accept().is_ok() {}
        *self = RuntimeApi::serve(self.listener.try_clone().unwrap());
    }

    fn serve(listener: std::net::TcpListener) -> RuntimeApi {
        listener.set_nonblocking(true).unwrap();
        let (events, waiting) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let api = Api { waiting: Arc::new(Mutex::new(waiting)), began: Arc::default(), answered };
        let address = listener.local_addr().unwrap().to_string();
        let accepting = tokio::net::TcpListener::from_std(listener.try_clone().unwrap()).unwrap();
        let service = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(api);
        let server = tokio::spawn(async move { axum::serve(accepting, service).await.unwrap() });
        RuntimeApi { address, events, answers, listener, server }
    }
}

/// What the function and the test share.
#[derive(Clone)]
struct Api {
    /// The events to come.
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    /// When the last one went out.
    began: Arc<Mutex<Option<Instant>>>,
    answered: mpsc::UnboundedSender<Answer>,
}

async fn next(State(api): State<Api>) -> (HeaderMap, Vec<u8>) {
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
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN.to_owned()),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, payload)
}

async fn response(State(api): State<Api>, Path(id): Path<String>, body: String) -> StatusCode {
    api.take(id, false, &body).await
}

async fn error(State(api): State<Api>, Path(id): Path<String>, body: String) -> StatusCode {
    api.take(id, true, &body).await
}

async fn init_error(State(api): State<Api>, body: String) -> StatusCode {
    api.take("init".to_owned(), true, &body).await
}

impl Api {
    async fn take(&self, id: String, is_error: bool, body: &str) -> StatusCode {
        let began = self.began.lock().await.take();
        let took = began.map(|began| began.elapsed()).unwrap_or_default();
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        // A test that is over asks for no answer.
        let _ = self.answered.send(Answer { id, is_error, body, took });
        StatusCode::ACCEPTED
    }
}
