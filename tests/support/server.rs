//! A web server that does what a test's script says and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::canary::{self, CANARY};
use super::http::{self, Message};
use super::script::{Step, ok};
use super::until;

/// It answers 200 `ok` wherever no script says otherwise, and runs until the end of the test's runtime.
pub(crate) struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
    idle: watch::Sender<Idle>,
}

/// What becomes of connections on which no request waits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Idle {
    Kept,
    Closed,
    Reset,
    /// As behind a gateway that forgot them: nothing is said, and nothing that comes is heard.
    Forgotten,
}

#[derive(Default)]
struct State {
    scripts: HashMap<String, Script>,
    requests: Vec<Request>,
    /// How many connections are open.
    open: usize,
    /// How much of a body without end could be written, for each that is over.
    endless: Vec<usize>,
}

/// What follows on a request.
type Script = Box<dyn FnMut() -> Step + Send>;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Empty, as all else of it, if the script says not to read it.
    pub(crate) message: Message,
    pub(crate) at: Instant,
    /// The number of its connection.
    pub(crate) connection: usize,
    /// What followed.
    pub(crate) step: Step,
}

impl Request {
    pub(crate) fn body(&self) -> &str {
        &self.message.body
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.body()).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The name of the receiver that it was for.
    pub(crate) fn receiver(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// A header that has to be there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.message.header(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }
}

impl Server {
    pub(crate) async fn start() -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let (idle, ends) = watch::channel(Idle::Kept);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let mut ends = ends.clone();
                // What became of others before does not touch this one.
                ends.mark_unchanged();
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    shared.lock().unwrap().open += 1;
                    serve(stream, connection, Arc::clone(&shared), ends).await;
                    shared.lock().unwrap().open -= 1;
                });
            }
        });
        Server { port, state, idle }
    }

    /// The address of `name` here, as secret as a webhook's; a name that begins with a slash is a path as it stands.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}{}", self.port, path(name))
    }

    /// What `name` does with one request after the other; the last step serves all that follow.
    pub(crate) fn on(&self, name: &str, steps: impl IntoIterator<Item = Step>) {
        let mut steps: VecDeque<Step> = steps.into_iter().collect();
        self.play(name, move || match steps.len() {
            0 => ok(),
            1 => steps[0].clone(),
            _ => steps.pop_front().unwrap(),
        });
    }

    /// What `name` does with each request, as `script` decides.
    pub(crate) fn play(&self, name: &str, script: impl FnMut() -> Step + Send + 'static) {
        self.state.lock().unwrap().scripts.insert(path(name), Box::new(script));
    }

    /// Does this to all connections on which no request waits.
    pub(crate) fn end_idle(&self, how: Idle) {
        self.idle.send_replace(how);
    }

    /// The requests for `name` so far, in order. None of them may hold a secret.
    pub(crate) fn requests(&self, name: &str) -> Vec<Request> {
        let path = path(name);
        self.all().into_iter().filter(|request| request.path == path).collect()
    }

    /// All requests so far.
    pub(crate) fn all(&self) -> Vec<Request> {
        let requests = self.state.lock().unwrap().requests.clone();
        for request in &requests {
            canary::assert_none("a delivered message", request.body());
            request.message.headers.iter().for_each(|(name, value)| canary::assert_none(name, value));
        }
        requests
    }

    /// How many requests there were so far.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().unwrap().requests.len()
    }

    /// Waits until everything that a process sent before it died has come in.
    pub(crate) async fn settle(&self) {
        // Connections are taken in the order that they were made in.
        http::request(&format!("{}:{}", Ipv4Addr::LOCALHOST, self.port), "GET", "").await;
        until("the end of all connections", || (self.state.lock().unwrap().open == 0).then_some(())).await;
    }

    /// All requests so far, which are forgotten here.
    pub(crate) fn take(&self) -> Vec<Request> {
        let requests = std::mem::take(&mut self.state.lock().unwrap().requests);
        requests.iter().for_each(|request| canary::assert_none("a delivered message", request.body()));
        requests
    }

    /// The only request for `name`.
    pub(crate) fn only(&self, name: &str) -> Request {
        let mut requests = self.requests(name);
        assert_eq!(requests.len(), 1, "{name}: {requests:?}");
        requests.remove(0)
    }

    /// Waits for the first `count` requests for `name`.
    pub(crate) async fn wait(&self, name: &str, count: usize) -> Vec<Request> {
        until(("requests for", name, count), || Some(self.requests(name)).filter(|requests| requests.len() >= count)).await
    }

    /// How long it took between the requests for `name`.
    pub(crate) fn gaps(&self, name: &str) -> Vec<Duration> {
        let requests = self.requests(name);
        requests.windows(2).map(|two| two[1].at.duration_since(two[0].at)).collect()
    }

    /// Waits until nobody reads the bodies without end any more; how much of each could be written.
    pub(crate) async fn endless(&self, count: usize) -> Vec<usize> {
        until("the end of endless bodies", || Some(self.state.lock().unwrap().endless.clone()).filter(|all| all.len() >= count))
            .await
    }
}

fn path(name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    format!("/services/{CANARY}/{name}")
}

async fn serve(mut stream: TcpStream, connection: usize, state: Arc<Mutex<State>>, mut ends: watch::Receiver<Idle>) {
    loop {
        // The script may want the request unread: what it is for is only looked at.
        let peeked = tokio::select! {
            peeked = peek(&stream) => peeked,
            Ok(()) = ends.changed() => {
                let how = *ends.borrow();
                match how {
                    Idle::Kept => continue,
                    Idle::Closed => return,
                    Idle::Reset => return stream.set_zero_linger().unwrap(),
                    Idle::Forgotten => return forget(stream).await,
                }
            }
        };
        let Some((method, path)) = peeked else { return };
        let step = state.lock().unwrap().next(&path);
        let at = Instant::now();
        let message = match step {
            Step::CloseUnread => Some(Message::default()),
            _ => Message::read(&mut stream).await,
        };
        let Some(message) = message else { return };
        state.lock().unwrap().requests.push(Request { method, path, message, at, connection, step: step.clone() });
        let mut written = 0;
        let goes_on = step.play(&mut stream, |bytes| written += bytes).await;
        if let Step::Endless(_) = step {
            state.lock().unwrap().endless.push(written);
        }
        if !goes_on.unwrap_or(false) {
            return;
        }
    }
}

/// Hears nothing of what comes until the other side goes away.
async fn forget(mut stream: TcpStream) {
    while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
}

impl State {
    fn next(&mut self, path: &str) -> Step {
        self.scripts.get_mut(path).map_or_else(ok, |script| script())
    }
}

/// Method and path of the request that waits in `stream`.
async fn peek(stream: &TcpStream) -> Option<(String, String)> {
    let mut bytes = [0; 4096];
    loop {
        let seen = stream.peek(&mut bytes).await.ok()?;
        let text = String::from_utf8_lossy(&bytes[..seen]).into_owned();
        if seen == 0 {
            return None;
        }
        if let Some((first, _)) = text.split_once("\r\n") {
            let mut words = first.split(' ').map(str::to_owned);
            return Some((words.next()?, words.next()?));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A port that refuses every connection for as long as this is kept.
pub(crate) struct Refusing(std::net::SocketAddr, #[expect(dead_code, reason = "it keeps the port")] tokio::net::TcpSocket);

impl Refusing {
    pub(crate) fn new() -> Refusing {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Refusing(socket.local_addr().unwrap(), socket)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/services/{CANARY}", self.0)
    }
}
