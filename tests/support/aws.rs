//! Services of AWS on loopback, as far as this project uses them: those that speak JSON, by the action in a header.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::canary::CANARY;
use super::http::Message;
use super::program::Run;
use super::until;

/// What a service knows and does.
pub(crate) trait Api: Default + Send + 'static {
    /// What an action's name follows in `x-amz-target`.
    const TARGET: &str;
    /// What an error's name follows.
    const ERRORS: &str;
    /// The variable that leads a program here.
    const VARIABLE: &str;

    /// The answer, or the name of an error with what goes along with it.
    fn answer(&mut self, action: &str, asked: &Value) -> Result<Value, (&'static str, Value)>;
}

/// A service that runs until the end of the test's runtime.
pub(crate) struct Service<A> {
    port: u16,
    state: Arc<Mutex<State<A>>>,
}

#[derive(Default)]
struct State<A> {
    api: A,
    /// Every call so far, by its action.
    calls: Vec<String>,
    /// What happens to calls to come, one after the other, instead of what they ask for.
    faults: VecDeque<(String, Fault)>,
}

/// What a call meets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// An error of the service, with its status.
    Error(u16, &'static str),
    /// It is done, and no answer comes.
    DoneUnanswered,
    /// No answer, and nothing done.
    Hang,
}

impl<A: Api> Service<A> {
    pub(crate) async fn start() -> Service<A> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Service { port, state }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a program has to have in its environment to find it.
    pub(crate) fn env(&self) -> [(&'static str, String); 5] {
        [
            (A::VARIABLE, self.address()),
            ("AWS_REGION", "ap-northeast-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "x".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", CANARY.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// `run` with it in its environment.
    pub(crate) fn known_to(&self, run: Run) -> Run {
        self.env().into_iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// What the next calls of `action` meet.
    pub(crate) fn fail(&self, action: &str, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().map(|fault| (action.to_owned(), fault));
        self.state.lock().unwrap().faults.extend(faults);
    }

    /// How often `action` was called.
    pub(crate) fn calls(&self, action: &str) -> usize {
        self.state.lock().unwrap().calls.iter().filter(|call| *call == action).count()
    }

    /// Waits until `action` was called `count` times.
    pub(crate) async fn wait(&self, action: &str, count: usize) {
        until(("calls of", action, count), || (self.calls(action) >= count).then_some(())).await;
    }

    /// Looks at what it knows, or changes it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut A) -> T) -> T {
        look(&mut self.state.lock().unwrap().api)
    }
}

async fn serve<A: Api>(mut stream: TcpStream, state: Arc<Mutex<State<A>>>) {
    while let Some(request) = Message::read(&mut stream).await {
        let action = request.header("x-amz-target").unwrap().strip_prefix(A::TARGET).unwrap().to_owned();
        let asked: Value = serde_json::from_str(&request.body).unwrap();
        let (fault, answer) = state.lock().unwrap().call(&action, &asked);
        let error = |name: &str, with: &Value| {
            // What a service says may hold anything: it is read, and never told.
            let mut error = json!({ "__type": format!("{}{name}", A::ERRORS), "message": CANARY });
            error.as_object_mut().unwrap().extend(with.as_object().cloned().unwrap_or_default());
            error
        };
        let (status, answer) = match (fault, answer) {
            (Some(Fault::Hang | Fault::DoneUnanswered), _) => std::future::pending().await,
            (Some(Fault::Error(status, name)), _) => (status, error(name, &Value::Null)),
            (None, Some(Err((name, with)))) => (400, error(name, &with)),
            (None, answer) => (200, answer.unwrap().unwrap()),
        };
        let answer = answer.to_string();
        let head = "content-type: application/x-amz-json-1.0";
        let answer = format!("HTTP/1.1 {status} x\r\n{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What an action meets, and what the service answers where it comes to that.
type Called = (Option<Fault>, Option<Result<Value, (&'static str, Value)>>);

impl<A: Api> State<A> {
    fn call(&mut self, action: &str, asked: &Value) -> Called {
        self.calls.push(action.to_owned());
        let place = self.faults.iter().position(|(of, _)| of == action);
        let fault = place.and_then(|place| self.faults.remove(place)).map(|(_, fault)| fault);
        let is_done = matches!(fault, None | Some(Fault::DoneUnanswered));
        (fault, is_done.then(|| self.api.answer(action, asked)))
    }
}
