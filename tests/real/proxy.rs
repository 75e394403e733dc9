//! Stands before a counterpart and breaks what goes through.
use crate::rig::http::Message;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It takes longer.
    Late(Duration),
    /// The connection is reset before the counterpart hears of it.
    Reset,
    /// It is done, and the connection reset before the answer.
    DoneAndReset,
    /// Nothing ever follows.
    Nothing,
    /// The counterpart hears nothing of it, and this is the answer: a status and an error's name.
    Error(u16, &'static str),
}

/// It runs until the end of the test's runtime.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// For calls whose `x-amz-target` ends like this.
    faults: Vec<(&'static str, Fault)>,
    hit: usize,
}

impl Proxy {
    pub(crate) async fn start(port_behind: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(stream, port_behind, Arc::clone(&shared)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Breaks every call of `action` from now on, and mends all others.
    pub(crate) fn fault(&self, action: &'static str, fault: Fault) {
        *self.state.lock().unwrap() = State { faults: vec![(action, fault)], hit: 0 };
    }

    /// Mends everything; how many calls were broken since the last fault was set.
    pub(crate) fn mend(&self) -> usize {
        std::mem::take(&mut *self.state.lock().unwrap()).hit
    }
}

/// One call a connection: whoever wants another one comes again.
async fn pass(mut stream: TcpStream, port_behind: u16, state: Arc<Mutex<State>>) {
    let Some(request) = Message::read(&mut stream).await else { return };
    let fault = {
        let mut state = state.lock().unwrap();
        let target = request.header("x-amz-target").unwrap_or_default();
        let fault = state.faults.iter().find(|(action, _)| target.ends_with(action)).map(|(_, fault)| *fault);
        state.hit += usize::from(fault.is_some());
        fault
    };
    match fault {
        Some(Fault::Late(time)) => tokio::time::sleep(time).await,
        Some(Fault::Reset) => return stream.set_zero_linger().unwrap(),
        Some(Fault::Nothing) => return stream.read(&mut [0]).await.map(drop).unwrap_or_default(),
        Some(Fault::Error(status, code)) => {
            let body = format!(r#"{{"__type":"{code}","message":"broken on purpose"}}"#);
            let _ = stream
                .write_all(
                    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
                        .as_bytes(),
                )
                .await;
            return;
        }
        Some(Fault::DoneAndReset) | None => {}
    }
    let mut behind = TcpStream::connect((Ipv4Addr::LOCALHOST, port_behind)).await.unwrap();
    let headers = request.headers.iter().filter(|(name, _)| name != "connection");
    let headers: String = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    behind
        .write_all(format!("{}\r\n{headers}connection: close\r\n\r\n{}", request.first, request.body).as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    behind.read_to_end(&mut answer).await.unwrap();
    if matches!(fault, Some(Fault::DoneAndReset)) {
        return stream.set_zero_linger().unwrap();
    }
    // A client that has given up hears nothing.
    let _ = stream.write_all(&answer).await;
}
