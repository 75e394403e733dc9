//! As much of HTTP/1.1 as loopback needs, by hand: tests have to see what goes over the wire, and to break it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An HTTP message: its first line, its headers with their names in lower case, its body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Message {
    /// Reads one with a `content-length`, or without a body; none if the other side goes away before its end.
    pub(crate) async fn read(stream: &mut TcpStream) -> Option<Message> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            read_more(stream, &mut bytes).await?;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let first = lines.next()?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let mut message = Message { first, headers, body: String::new() };
        let length: usize = message.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = bytes.split_off(end + 4);
        while body.len() < length {
            read_more(stream, &mut body).await?;
        }
        message.body = String::from_utf8(body).unwrap();
        Some(message)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(bytes).await.ok()?;
    (read > 0).then_some(())
}

/// Sends a request to `address` (`127.0.0.1:1234`), and gives back the answer's status and body.
pub(crate) async fn request(address: &str, method: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{method} / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let answer = Message::read(&mut stream).await.unwrap();
    (answer.first.split(' ').nth(1).unwrap().parse().unwrap(), answer.body)
}
