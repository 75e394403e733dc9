//! Where dead letters come from: a queue, which forgets a letter when it is done, or a file, which stays as it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::aws::{Aws, Problem};
use crate::cli::{Stop, open};

/// A message of a failure queue.
pub(super) struct Letter {
    /// A message's id, or its place in a file.
    pub(super) name: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, String>,
    /// What the queue wants to see before it forgets the letter.
    receipt: Option<String>,
}

/// One that is too large, or no letter at all, by its name; there may be others after it.
pub(super) struct Unreadable {
    pub(super) name: String,
    pub(super) problem: String,
}

pub(super) enum Letters {
    Queue(Queue),
    File(File),
}

impl Letters {
    pub(super) async fn next(&mut self) -> Result<Option<Result<Letter, Unreadable>>, String> {
        match self {
            Letters::Queue(queue) => Ok(queue.next().await?.map(Ok)),
            Letters::File(file) => file.next(),
        }
    }

    /// Done with: what is not done comes back.
    pub(super) async fn done(&mut self, letter: &Letter) -> Result<(), String> {
        match self {
            Letters::Queue(queue) => queue.delete(letter).await,
            Letters::File(_) => Ok(()),
        }
    }

    /// Leaves the message `id` to the next run.
    pub(super) fn leave(&mut self, id: String) {
        if let Letters::Queue(queue) = self {
            queue.seen.insert(id);
        }
    }

    /// Gives back what was taken and is not done.
    pub(super) async fn close(&mut self) {
        if let Letters::Queue(queue) = self {
            queue.give_back().await;
        }
    }
}

/// An SQS queue. It is the only thing that knows what is done: whoever is killed leaves the rest to the next run.
pub(super) struct Queue {
    url: String,
    aws: Arc<Aws>,
    /// Received and neither handed out nor deleted.
    waiting: VecDeque<Letter>,
    /// Every letter that was handed out or is for the next run, by its message's id.
    seen: BTreeSet<String>,
    /// The receipts of those that are not done, by their ids.
    taken: BTreeMap<String, String>,
    /// How many to receive at once.
    batch: i32,
}

impl Queue {
    /// Receives `batch` letters at once: 1 where each may take as long as a delivery takes.
    pub(super) fn new(url: &str, batch: i32, aws: Arc<Aws>) -> Queue {
        let (waiting, seen, taken) = Default::default();
        Queue { url: url.to_owned(), aws, waiting, seen, taken, batch }
    }

    async fn next(&mut self) -> Result<Option<Letter>, String> {
        loop {
            if let Some(letter) = self.waiting.pop_front() {
                self.taken.insert(letter.name.clone(), letter.receipt.clone().unwrap_or_default());
                // It was hidden long enough to come again: what is after it has been waiting longer.
                if self.seen.insert(letter.name.clone()) {
                    return Ok(Some(letter));
                }
                continue;
            }
            self.receive().await?;
            if self.waiting.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn receive(&mut self) -> Result<(), String> {
        let answer = self
            .call(
                "ReceiveMessage",
                json!({
                    "MessageAttributeNames": ["All"],
                    "MaxNumberOfMessages": self.batch,
                    "VisibilityTimeout": HIDDEN_SECS,
                    "WaitTimeSeconds": WAIT_SECS,
                }),
            )
            .await?;
        for message in answer.get("Messages").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
            let attributes = message.get("MessageAttributes").and_then(Value::as_object).into_iter().flatten();
            let attributes =
                attributes.filter_map(|(name, value)| Some((name.clone(), value.get("StringValue")?.as_str()?.to_owned())));
            self.waiting.push_back(Letter {
                name: text("MessageId").unwrap_or_default(),
                body: text("Body").unwrap_or_default(),
                attributes: attributes.collect(),
                receipt: text("ReceiptHandle"),
            });
        }
        Ok(())
    }

    async fn delete(&mut self, letter: &Letter) -> Result<(), String> {
        self.call("DeleteMessage", json!({ "ReceiptHandle": letter.receipt })).await?;
        self.taken.remove(&letter.name);
        Ok(())
    }

    /// Shows again what was hidden; what this cannot reach shows itself when its time is over.
    async fn give_back(&mut self) {
        let waiting = self.waiting.drain(..).filter_map(|letter| letter.receipt);
        let receipts: Vec<String> = waiting.chain(std::mem::take(&mut self.taken).into_values()).collect();
        for receipt in receipts {
            let _ = self.call("ChangeMessageVisibility", json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 0 })).await;
        }
    }

    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>
    async fn call(&self, action: &str, mut asked: Value) -> Result<Value, String> {
        if let Some(asked) = asked.as_object_mut() {
            asked.insert("QueueUrl".to_owned(), self.url.as_str().into());
        }
        let answer = self.aws.json("sqs", &format!("AmazonSQS.{action}"), &asked).await;
        answer.map_err(|refused| match refused.problem {
            Problem::Said { .. } => format!("the queue: SQS says {}", refused.problem),
            problem => format!("the queue: SQS does not answer: {problem}"),
        })
    }
}

/// A file of JSON: one letter a line, or one document with one or several of them.
pub(super) struct File {
    name: String,
    reader: Box<dyn BufRead>,
    /// Lines read so far.
    line: usize,
    waiting: VecDeque<Result<Letter, Unreadable>>,
}

impl File {
    pub(super) fn open(path: &Path) -> Result<File, Stop> {
        let (name, reader) = open(path)?;
        let mut file = File { name, reader, line: 0, waiting: VecDeque::new() };
        file.begin().map_err(Stop::could_not_run)?;
        Ok(file)
    }

    /// Reads the first line; if it is no JSON by itself, the file is one document.
    fn begin(&mut self) -> Result<(), String> {
        let Some(first) = self.read_line()? else { return Ok(()) };
        let mut text = match first {
            Ok(text) if serde_json::from_str::<&RawValue>(&text).is_err() => text,
            whole => {
                self.put(whole);
                return Ok(());
            }
        };
        let mut rest = Vec::new();
        let read = self.reader.by_ref().take(MAX_DOCUMENT).read_to_end(&mut rest);
        read.map_err(|error| format!("{}: {error}", self.name))?;
        text.push_str(&String::from_utf8(rest).map_err(|_| format!("{}: not UTF-8", self.name))?);
        if let Err(error) = serde_json::from_str::<&RawValue>(&text) {
            let (line, column) = (error.line(), error.column());
            return Err(format!("{}: line {line}, column {column}: neither one record a line nor one JSON document", self.name));
        }
        self.put(Ok(text));
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Result<Letter, Unreadable>>, String> {
        while self.waiting.is_empty() {
            match self.read_line()? {
                Some(line) => self.put(line),
                None => return Ok(None),
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// The next line that is not blank, and no more of it in memory than a letter may have.
    fn read_line(&mut self) -> Result<Option<Result<String, String>>, String> {
        loop {
            let mut bytes = Vec::new();
            let failed = |error| format!("{}: {error}", self.name);
            let read = self.reader.by_ref().take(MAX_LETTER + 1).read_until(b'\n', &mut bytes).map_err(failed)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if bytes.last() != Some(&b'\n') && bytes.len() as u64 > MAX_LETTER {
                self.reader.skip_until(b'\n').map_err(failed)?;
                return Ok(Some(Err(TOO_LARGE.to_owned())));
            }
            match String::from_utf8(bytes) {
                Ok(text) if text.trim().trim_start_matches('\u{feff}').is_empty() => {}
                Ok(text) => return Ok(Some(Ok(text.trim_start_matches('\u{feff}').to_owned()))),
                Err(_) => return Ok(Some(Err("not UTF-8".to_owned()))),
            }
        }
    }

    /// Takes in a line, or why there is none.
    fn put(&mut self, line: Result<String, String>) {
        let place = format!("line {}", self.line);
        let found = match line {
            Ok(text) => letters(&text),
            Err(problem) => return self.waiting.push_back(Err(Unreadable { name: place, problem })),
        };
        let several = found.len() > 1;
        for (index, (id, body, attributes)) in found.into_iter().enumerate() {
            let name = id.unwrap_or_else(|| if several { format!("{place}.{}", index + 1) } else { place.clone() });
            self.waiting.push_back(match body.len() as u64 > MAX_LETTER {
                true => Err(Unreadable { name, problem: TOO_LARGE.to_owned() }),
                false => Ok(Letter { name, body, attributes, receipt: None }),
            });
        }
    }
}

/// A letter's id, if it has one, its body, and its attributes.
type Found = (Option<String>, String, BTreeMap<String, String>);

/// The letters in `text`: a record as it stands, or messages as `aws sqs receive-message` prints them, or as Lambda gets them.
fn letters(text: &str) -> Vec<Found> {
    // What is too deep for a value of ours can only be a record.
    let Ok(value) = serde_json::from_str::<Value>(text) else { return vec![(None, text.to_owned(), BTreeMap::new())] };
    let list = |key: &str| value.get(key).and_then(Value::as_array);
    let records = list("Records").filter(|records| !records.is_empty() && records.iter().all(|record| message(record).is_some()));
    match value.as_array().or(list("Messages")).or(records) {
        Some(values) => {
            let found = |value: &Value| message(value).unwrap_or_else(|| (None, value.to_string(), BTreeMap::new()));
            values.iter().map(found).collect()
        }
        None => vec![message(&value).unwrap_or_else(|| (None, text.to_owned(), BTreeMap::new()))],
    }
}

/// A message of SQS, in either spelling.
fn message(value: &Value) -> Option<Found> {
    let get = |value: &Value, pascal: &str, camel: &str| value.get(pascal).or_else(|| value.get(camel)).cloned();
    let id = get(value, "MessageId", "messageId")?.as_str()?.to_owned();
    let body = get(value, "Body", "body")?.as_str()?.to_owned();
    let attributes = get(value, "MessageAttributes", "messageAttributes").unwrap_or_default();
    let attributes =
        attributes.as_object().into_iter().flatten().filter_map(|(name, attribute)| {
            Some((name.clone(), get(attribute, "StringValue", "stringValue")?.as_str()?.to_owned()))
        });
    Some((Some(id), body, attributes.collect()))
}

/// The largest message of SQS, in bytes:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const MAX_LETTER: u64 = 1024 * 1024;
const TOO_LARGE: &str = "larger than 1 MiB, which no record is";
/// The largest document of several, in bytes.
const MAX_DOCUMENT: u64 = 16 * MAX_LETTER;
/// How long a letter is hidden from others, in seconds: longer than it takes to deliver it.
const HIDDEN_SECS: i32 = 120;
/// With any wait, SQS asks all of its servers, and an empty answer means an empty queue:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
const WAIT_SECS: i32 = 1;
