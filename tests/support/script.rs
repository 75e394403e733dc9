//! What a [`Server`](super::server::Server) does with a request.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One step of a script.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A whole answer.
    Whole(Answer),
    /// An answer whose `content-length` promises more than comes before the end of the connection.
    Cut(Answer),
    /// An answer byte by byte, its head too.
    TrickledHead(Answer),
    /// An answer's head, then its body byte by byte.
    TrickledBody(Answer),
    /// An answer's head, then its body again and again, until nobody reads it any more.
    Endless(Answer),
    /// These bytes, whatever they are, and the end of the connection.
    Raw(Vec<u8>),
    /// The end of the connection, with the request unread.
    CloseUnread,
    /// The request is read, and the connection ends.
    CloseUnanswered,
    /// The request is read, and the connection reset.
    Reset,
    /// The request is read, and nothing ever follows.
    Hang,
}

/// An HTTP answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: String,
    delay: Duration,
}

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: String::new(), body: body.to_owned(), delay: Duration::ZERO }
}

/// What Slack says when it has taken a message.
pub(crate) fn ok() -> Step {
    answer(200, "ok").into()
}

impl Answer {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Answer {
        Answer { delay, ..self }
    }

    fn head(&self, length: Option<usize>) -> String {
        let length = length.map(|length| format!("content-length: {length}\r\n")).unwrap_or_default();
        format!("HTTP/1.1 {} x\r\n{}{length}\r\n", self.status, self.headers)
    }

    /// An answer of these may have no body: <https://www.rfc-editor.org/rfc/rfc9110#section-8.6>
    fn length(&self) -> Option<usize> {
        (self.status != 204).then_some(self.body.len())
    }
}

impl From<Answer> for Step {
    fn from(answer: Answer) -> Step {
        Step::Whole(answer)
    }
}

impl Step {
    /// Whether the receiver has taken the message, and says so.
    pub(crate) fn takes(&self) -> bool {
        matches!(self, Step::Whole(answer) if (200..300).contains(&answer.status))
    }

    /// Whether it reads the request and then breaks off: the receiver may have taken the message.
    pub(crate) fn says_nothing(&self) -> bool {
        matches!(self, Step::CloseUnanswered | Step::Reset | Step::Hang)
    }

    /// Does it; whether the connection goes on. `sent` counts the bytes of a body without end.
    pub(crate) async fn play(&self, stream: &mut TcpStream, mut sent: impl FnMut(usize)) -> std::io::Result<bool> {
        match self {
            Step::Whole(answer) => {
                tokio::time::sleep(answer.delay).await;
                let body = answer.length().map_or("", |_| &answer.body);
                stream.write_all(format!("{}{body}", answer.head(answer.length())).as_bytes()).await?;
                return Ok(true);
            }
            Step::Cut(answer) => {
                let promised = answer.body.len() + 100;
                stream.write_all(format!("{}{}", answer.head(Some(promised)), answer.body).as_bytes()).await?;
            }
            Step::TrickledHead(answer) => {
                trickle(stream, &format!("{}{}", answer.head(answer.length()), answer.body)).await?;
            }
            Step::TrickledBody(answer) => {
                stream.write_all(answer.head(answer.length()).as_bytes()).await?;
                trickle(stream, &answer.body).await?;
            }
            Step::Endless(answer) => {
                stream.write_all(answer.head(None).as_bytes()).await?;
                let block = answer.body.repeat(8 * 1024 / answer.body.len());
                loop {
                    stream.write_all(block.as_bytes()).await?;
                    sent(block.len());
                }
            }
            Step::Raw(bytes) => stream.write_all(bytes).await?,
            Step::CloseUnread | Step::CloseUnanswered => {}
            Step::Reset => stream.set_zero_linger()?,
            // Whoever asked goes away at last.
            Step::Hang => stream.read(&mut [0]).await.map(drop)?,
        }
        Ok(false)
    }
}

async fn trickle(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    for byte in text.bytes() {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
